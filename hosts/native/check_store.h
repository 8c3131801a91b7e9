// check_store: `myelin-server --fsck DIR`. Prints what a store holds and what it lost, with
// progress on a terminal, and changes nothing that a start would not.
#pragma once

#include <string>

namespace myelin {

// `store_dir` as the server is given it. 0: all is there; 1: something is lost, or it cannot be
// read at all.
int check_store(const std::string& store_dir);

}  // namespace myelin
