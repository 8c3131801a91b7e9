#include "core/jetstream/api_error.h"
