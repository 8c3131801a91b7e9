// UvHandle: a libuv handle with one owner. It goes back to the system when the loop has let go of
// it, which is later than when its owner does; its `data` must not be used by then.
#pragma once

#include <uv.h>

#include <memory>

namespace myelin {

template <class Handle>
struct CloseThenDelete {
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

// Made from an initialised handle only.
template <class Handle>
using UvHandle = std::unique_ptr<Handle, CloseThenDelete<Handle>>;

}  // namespace myelin
