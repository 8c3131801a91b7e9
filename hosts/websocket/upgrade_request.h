// The parsed request of an Upgrade. Internal to hosts/websocket: it is Beast's.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "hosts/websocket/upgrade.h"

namespace myelin {

class Upgrade::Request {
 public:
  boost::beast::http::request<boost::beast::http::empty_body> message;
};

}  // namespace myelin
