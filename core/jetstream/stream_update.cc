#include "core/jetstream/stream_update.h"
