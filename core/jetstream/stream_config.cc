#include "core/jetstream/stream_config.h"
