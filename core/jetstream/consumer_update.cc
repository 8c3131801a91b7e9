#include "core/jetstream/consumer_update.h"
