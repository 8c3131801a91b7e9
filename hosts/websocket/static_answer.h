// What is said to who asks for a file of a StaticFolder: the file, a part of it, or that it has not
// changed, under a strict Content-Security-Policy.
//
// The policy lets a page run its own scripts and WebAssembly, modules it makes itself included, in
// workers too, and talk to any server; no script comes from elsewhere, none is inline. Pages are
// isolated from other origins, which gives them SharedArrayBuffer.
#pragma once

#include <string_view>

#include "hosts/websocket/http_answer.h"
#include "hosts/websocket/request_reader.h"
#include "hosts/websocket/static_folder.h"

namespace myelin {

// `path` is the request's, decoded and clean; `name` what of it is below the folder.
HttpAnswer static_answer(const StaticFolder& folder, const HttpRequest& request,
                         std::string_view path, std::string_view name);

}  // namespace myelin
