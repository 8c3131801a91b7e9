// The certificates of a run: a CA, a server for localhost and 127.0.0.1, a client that CA signed,
// and a stranger that it did not. They are made by the `openssl` command when the first case asks,
// and live for a day in a temporary directory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/conformance/runner/temp_directory.h"

namespace myelin::conformance {

class Certificates {
 public:
  // Whether there is an `openssl` to make them with.
  static bool can_be_made();
  // The folder, for configurations: ca.pem, server.pem, server.key, other.pem, other.key (a second
  // server), client.pem, client.key, stranger.pem, stranger.key. Throws where they cannot be made.
  std::string folder() const;
  std::string file(const std::string& name, std::string_view extension) const;

 private:
  mutable std::unique_ptr<TempDirectory> directory_;
};

}  // namespace myelin::conformance
