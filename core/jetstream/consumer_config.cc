#include "core/jetstream/consumer_config.h"
