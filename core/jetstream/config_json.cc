#include "core/jetstream/config_json.h"
