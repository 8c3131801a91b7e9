// AccountWaker: a part of the server that makes what an account needs when somebody begins to use
// it, so that accounts nobody uses stay small.
#pragma once

namespace myelin {

class Account;

struct AccountWaker {
  // Called once for each account: nothing is being matched or delivered then.
  void (*wake)(void* owner, Account& account) = nullptr;
  void* owner = nullptr;
};

}  // namespace myelin
