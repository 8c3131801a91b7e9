#include "core/jetstream/stream_config_json.h"
