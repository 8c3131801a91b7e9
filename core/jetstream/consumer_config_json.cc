#include "core/jetstream/consumer_config_json.h"
