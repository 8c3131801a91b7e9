#include "core/base/rfc3339.h"
