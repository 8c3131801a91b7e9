// JetStream through libnats, the C client, unmodified: streams, publishing, pull and push
// consumers, key-value buckets, and a restart. The client has no object store.
//
// usage: jetstream_libnats --server <path of the server's binary>

#include <nats/nats.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/interop/libnats/claims.h"
#include "tests/interop/libnats/client.h"
#include "tests/interop/libnats/server.h"

namespace myelin::interop {
namespace {

constexpr int64_t kMillisecondNs = 1'000'000;

using StreamInfo = std::unique_ptr<jsStreamInfo, Destroyer<jsStreamInfo_Destroy>>;
using ConsumerInfo = std::unique_ptr<jsConsumerInfo, Destroyer<jsConsumerInfo_Destroy>>;
using PubAck = std::unique_ptr<jsPubAck, Destroyer<jsPubAck_Destroy>>;
using MetaData = std::unique_ptr<jsMsgMetaData, Destroyer<jsMsgMetaData_Destroy>>;
using Bucket = std::unique_ptr<kvStore, Destroyer<kvStore_Destroy>>;
using Watcher = std::unique_ptr<kvWatcher, Destroyer<kvWatcher_Destroy>>;
using Entry = std::unique_ptr<kvEntry, Destroyer<kvEntry_Destroy>>;

// The JetStream context of a client, and what scenarios ask of it.
class JetStream {
 public:
  explicit JetStream(const Client& client) {
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = kWaitMs;
    must(natsConnection_JetStream(&context_, client.get(), &options), "JetStream context");
  }
  ~JetStream() { jsCtx_Destroy(context_); }
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  jsCtx* get() const { return context_; }

  // Makes a stream of these limits on one subject and returns the error code, 0 if it goes well.
  int add_stream(const char* name, const char* subject, int64_t max_msgs = -1) const {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    config.MaxMsgs = max_msgs;
    jsErrCode error{};
    jsStreamInfo* made = nullptr;
    js_AddStream(&made, context_, &config, nullptr, &error);
    const StreamInfo info(made);
    return error;
  }

  void delete_stream(const char* name) const {
    must(js_DeleteStream(context_, name, nullptr, nullptr), name);
  }

  StreamInfo stream_info(const char* name) const {
    jsStreamInfo* info = nullptr;
    must(js_GetStreamInfo(&info, context_, name, nullptr, nullptr), name);
    return StreamInfo(info);
  }

  ConsumerInfo consumer_info(const char* stream, const char* name) const {
    jsConsumerInfo* info = nullptr;
    must(js_GetConsumerInfo(&info, context_, stream, name, nullptr, nullptr), name);
    return ConsumerInfo(info);
  }

  // Publishes and returns the acknowledgement, or none and the error's code.
  std::pair<PubAck, int> publish(const char* subject, const std::string& text,
                                 jsPubOptions* options = nullptr) const {
    jsErrCode error{};
    jsPubAck* ack = nullptr;
    js_Publish(&ack, context_, subject, text.data(), static_cast<int>(text.size()), options,
               &error);
    return {PubAck(ack), error};
  }

  void fill(const char* subject, int count) const {
    for (int number = 0; number < count; ++number) {
      if (publish(subject, std::to_string(number)).first == nullptr) {
        throw std::runtime_error(std::string("no acknowledgement on ") + subject);
      }
    }
  }

  Subscription pull(const char* subject, const char* durable,
                    jsSubOptions* options = nullptr) const {
    natsSubscription* made = nullptr;
    must(js_PullSubscribe(&made, context_, subject, durable, nullptr, options, nullptr), durable);
    return Subscription(made);
  }

  Subscription push(const char* subject, jsSubOptions* options = nullptr) const {
    natsSubscription* made = nullptr;
    must(js_SubscribeSync(&made, context_, subject, nullptr, options, nullptr), subject);
    return Subscription(made);
  }

 private:
  jsCtx* context_ = nullptr;
};

// Up to so many messages of a pull consumer; fewer when no more come in time.
std::vector<Message> fetched(const Subscription& subscription, int count, int64_t wait_ms) {
  natsMsgList list{};
  natsSubscription_Fetch(&list, subscription.get(), count, wait_ms, nullptr);
  std::vector<Message> messages;
  for (int i = 0; i < list.Count; ++i) messages.emplace_back(std::exchange(list.Msgs[i], nullptr));
  natsMsgList_Destroy(&list);
  return messages;
}

// The next so many messages of a push consumer.
std::vector<Message> next(const Subscription& subscription, int count) {
  std::vector<Message> messages;
  while (count-- > 0) {
    natsMsg* message = nullptr;
    must(natsSubscription_NextMsg(&message, subscription.get(), kWaitMs), "next message");
    messages.emplace_back(message);
  }
  return messages;
}

MetaData metadata(const Message& message) {
  jsMsgMetaData* data = nullptr;
  must(natsMsg_GetMetaData(&data, message.get()), "metadata");
  return MetaData(data);
}

void ack(const Message& message) {
  must(natsMsg_AckSync(message.get(), nullptr, nullptr), "acknowledgement");
}

void streams(Claims& claims, Server& server) {
  const Client client(server);
  const JetStream js(client);
  claims.equal(js.add_stream("events", "events.*", 10), 0, "a stream is made");
  claims.equal(js.add_stream("events", "events.*", 10), 0, "to make it again is no error");
  claims.equal(js.add_stream("events", "events.*", 11), int{JSStreamNameExistErr},
               "another of that name is refused");
  js.fill("events.a", 15);
  const StreamInfo info = js.stream_info("events");
  claims.equal(std::vector<int64_t>{static_cast<int64_t>(info->State.Msgs),
                                    static_cast<int64_t>(info->State.FirstSeq),
                                    static_cast<int64_t>(info->State.LastSeq)},
               std::vector<int64_t>{10, 6, 15}, "it keeps its limit, the last ones");

  natsMsg* raw = nullptr;
  must(js_GetMsg(&raw, js.get(), "events", 7, nullptr, nullptr), "get");
  const Message seventh(raw);
  claims.equal(payload(seventh), std::string("6"), "a message by its sequence");
  must(js_GetLastMsg(&raw, js.get(), "events", "events.a", nullptr, nullptr), "get last");
  const Message last(raw);
  claims.equal(natsMsg_GetSequence(last.get()), uint64_t{15}, "the last of a subject");
  must(js_DeleteMsg(js.get(), "events", 7, nullptr, nullptr), "delete");
  must(js_EraseMsg(js.get(), "events", 8, nullptr, nullptr), "erase");
  claims.equal(js.stream_info("events")->State.NumDeleted, uint64_t{2}, "deletions are counted");

  jsStreamNamesList* names = nullptr;
  must(js_StreamNames(&names, js.get(), nullptr, nullptr), "names");
  claims.holds(names->Count == 1 && std::string(names->List[0]) == "events", "its name is listed");
  jsStreamNamesList_Destroy(names);
  jsAccountInfo* account = nullptr;
  must(js_GetAccountInfo(&account, js.get(), nullptr, nullptr), "account");
  claims.equal(account->Streams, int64_t{1}, "the account counts it");
  jsAccountInfo_Destroy(account);

  must(js_PurgeStream(js.get(), "events", nullptr, nullptr), "purge");
  claims.equal(js.stream_info("events")->State.Msgs, uint64_t{0}, "a purge empties it");
  js.delete_stream("events");
  jsStreamInfo* gone = nullptr;
  jsErrCode error{};
  js_GetStreamInfo(&gone, js.get(), "events", nullptr, &error);
  claims.equal(int{error}, int{JSStreamNotFoundErr}, "a deleted stream is not found");
}

void publishing(Claims& claims, Server& server) {
  const Client client(server);
  const JetStream js(client);
  js.add_stream("orders", "orders.*");
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = "one";
  const PubAck first = js.publish("orders.new", "1", &options).first;
  claims.holds(first && first->Sequence == 1 && !first->Duplicate, "an acknowledgement");
  const PubAck again = js.publish("orders.new", "1", &options).first;
  claims.holds(again && again->Sequence == 1 && again->Duplicate, "a message id is taken once");

  jsPubOptions_Init(&options);
  options.ExpectLastSeq = 7;
  claims.equal(js.publish("orders.new", "2", &options).second, int{JSStreamWrongLastSequenceErr},
               "another last sequence");
  jsPubOptions_Init(&options);
  options.ExpectLastSubjectSeq = 1;
  claims.equal(js.publish("orders.new", "2", &options).second, 0, "the expected one");
  jsPubOptions_Init(&options);
  options.ExpectNoMessage = true;
  claims.equal(js.publish("orders.new", "3", &options).second, int{JSStreamWrongLastSequenceErr},
               "a subject that should be new");

  for (int number = 0; number < 500; ++number) {
    const std::string text = std::to_string(number);
    must(js_PublishAsync(js.get(), "orders.bulk", text.data(), static_cast<int>(text.size()),
                         nullptr),
         "publish");
  }
  jsPubOptions_Init(&options);
  options.MaxWait = kWaitMs;
  must(js_PublishAsyncComplete(js.get(), &options), "acknowledgements");
  claims.equal(js.stream_info("orders")->State.LastSeq, uint64_t{502}, "500 at once");
  js.delete_stream("orders");
}

void pull_consumers(Claims& claims, Server& server) {
  const Client client(server);
  const JetStream js(client);
  js.add_stream("pull", "pull");
  js.fill("pull", 20);
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Config.AckWait = 500 * kMillisecondNs;
  options.Config.MaxDeliver = 3;
  const Subscription worker = js.pull("pull", "worker", &options);
  const std::vector<Message> first = fetched(worker, 5, kWaitMs);
  claims.equal(numbers(first), range(5), "a fetch brings as many as asked for, in order");
  const MetaData where = metadata(first[1]);
  claims.holds(where->Sequence.Stream == 2 && where->NumPending == 18 &&
                   std::string(where->Consumer) == "worker",
               "each says where it stands");
  for (const size_t index : {0, 1, 2}) ack(first[index]);
  must(natsMsg_Term(first[3].get(), nullptr), "term");
  must(natsMsg_NakWithDelay(first[4].get(), 200, nullptr), "nak");
  const std::vector<Message> rest = fetched(worker, 15, kWaitMs);
  claims.equal(rest.size(), size_t{15}, "another fetch the rest");
  for (const Message& message : rest) ack(message);
  for (const uint64_t count : {2, 3}) {
    const std::vector<Message> again = fetched(worker, 1, kWaitMs);
    claims.holds(
        again.size() == 1 && payload(again[0]) == "4" && metadata(again[0])->NumDelivered == count,
        "what is refused or forgotten comes again");
  }
  claims.equal(fetched(worker, 1, 1000).size(), size_t{0}, "but not after max_deliver");

  jsFetchRequest request;
  jsFetchRequest_Init(&request);
  request.Batch = 5;
  request.NoWait = true;
  natsMsgList none{};
  const natsStatus status = natsSubscription_FetchRequest(&none, worker.get(), &request);
  claims.equal(none.Count, 0, "a request that does not wait comes back with nothing");
  claims.holds(status == NATS_TIMEOUT, "and says so", natsStatus_GetText(status));
  natsMsgList_Destroy(&none);

  must(js_DeleteConsumer(js.get(), "pull", "worker", nullptr, nullptr), "delete");
  jsConsumerInfo* gone = nullptr;
  jsErrCode error{};
  js_GetConsumerInfo(&gone, js.get(), "pull", "worker", nullptr, &error);
  claims.equal(int{error}, int{JSConsumerNotFoundErr}, "a deleted consumer is not found");
  js.delete_stream("pull");
}

// What the members of a queue group have taken; libnats calls them on its own threads.
struct Share {
  std::mutex gate;
  std::vector<int64_t> taken;
};

void take(natsConnection*, natsSubscription*, natsMsg* raw, void* share) {
  const Message message(raw);
  Share& mine = *static_cast<Share*>(share);
  const std::lock_guard lock(mine.gate);
  mine.taken.push_back(std::stoi(payload(message)));
}

void push_consumers(Claims& claims, Server& server) {
  const Client client(server);
  const JetStream js(client);
  js.add_stream("push", "push.*");
  js.fill("push.a", 50);
  claims.equal(numbers(next(js.push("push.a"), 50)), range(50), "a subscription replays all");
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Ordered = true;
  claims.equal(numbers(next(js.push("push.a", &options), 50)), range(50), "an ordered one too");
  jsSubOptions_Init(&options);
  options.Config.FlowControl = true;
  options.Config.Heartbeat = 200 * kMillisecondNs;
  claims.equal(numbers(next(js.push("push.a", &options), 50)), range(50), "one with flow control");

  jsSubOptions_Init(&options);
  options.Queue = "workers";
  Share share;
  std::vector<Subscription> members;
  for (int member = 0; member < 3; ++member) {
    natsSubscription* made = nullptr;
    must(js_Subscribe(&made, js.get(), "push.b", take, &share, nullptr, &options, nullptr),
         "queue");
    members.emplace_back(made);
  }
  js.fill("push.b", 100);
  ConsumerInfo info = js.consumer_info("push", "workers");
  while (info->AckFloor.Stream < 150) info = js.consumer_info("push", "workers");
  const std::lock_guard lock(share.gate);
  std::sort(share.taken.begin(), share.taken.end());
  claims.equal(share.taken, range(100), "a queue group shares the work and acknowledges it");
  members.clear();
  js.delete_stream("push");
}

std::string text(const Entry& entry) {
  return entry == nullptr ? "nothing" : kvEntry_ValueString(entry.get());
}

Entry get(const Bucket& bucket, const char* key) {
  kvEntry* entry = nullptr;
  kvStore_Get(&entry, bucket.get(), key);
  return Entry(entry);
}

void key_value(Claims& claims, Server& server) {
  const Client client(server);
  const JetStream js(client);
  kvConfig config;
  kvConfig_Init(&config);
  config.Bucket = "config";
  config.History = 5;
  kvStore* made = nullptr;
  must(js_CreateKeyValue(&made, js.get(), &config), "bucket");
  const Bucket bucket(made);
  uint64_t revision = 0;
  must(kvStore_PutString(&revision, bucket.get(), "size", "1"), "put");
  must(kvStore_PutString(&revision, bucket.get(), "size", "2"), "put");
  claims.equal(revision, uint64_t{2}, "put gives the revision");
  claims.equal(text(get(bucket, "size")), std::string("2"), "get gives the last value");
  must(kvStore_CreateString(&revision, bucket.get(), "color", "red"), "create");
  claims.holds(kvStore_CreateString(nullptr, bucket.get(), "color", "blue") != NATS_OK,
               "a key is created once");
  must(kvStore_UpdateString(&revision, bucket.get(), "color", "blue", revision), "update");
  claims.holds(kvStore_UpdateString(nullptr, bucket.get(), "color", "green", 3) != NATS_OK,
               "an update needs the last revision");

  kvWatcher* watching = nullptr;
  must(kvStore_WatchAll(&watching, bucket.get(), nullptr), "watch");
  const Watcher watcher(watching);
  std::vector<std::string> seen;
  for (int update = 0; update < 5; ++update) {
    kvEntry* raw = nullptr;
    must(kvWatcher_Next(&raw, watcher.get(), kWaitMs), "update");
    const Entry entry(raw);
    if (entry == nullptr) {  // that was all there was
      must(kvStore_Delete(bucket.get(), "size"), "delete");
      must(kvStore_Purge(bucket.get(), "color", nullptr), "purge");
      continue;
    }
    const kvOperation operation = kvEntry_Operation(entry.get());
    seen.push_back(std::string(kvEntry_Key(entry.get())) + (operation == kvOp_Put      ? ""
                                                            : operation == kvOp_Delete ? " DEL"
                                                                                       : " PURGE"));
  }
  claims.equal(seen, std::vector<std::string>{"size", "color", "size DEL", "color PURGE"},
               "a watcher sees what is there and what changes");
  claims.equal(text(get(bucket, "size")), std::string("nothing"), "a deleted key is not found");
  kvEntryList history{};
  must(kvStore_History(&history, bucket.get(), "size", nullptr), "history");
  claims.equal(history.Count, 3, "its history is there");
  kvEntryList_Destroy(&history);
  must(js_DeleteKeyValue(js.get(), "config"), "delete the bucket");
}

void restart(Claims& claims, const std::string& binary) {
  Server server(binary, {"-js", "-sd", "store"});
  Client client(server, {.reconnects = true});
  const JetStream js(client);
  js.add_stream("kept", "kept");
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Config.AckWait = 1000 * kMillisecondNs;
  const Subscription worker = js.pull("kept", "worker", &options);
  for (const int how : {SIGTERM, SIGKILL}) {
    js.fill("kept", 10);
    server.stop(how);
    server.start();
    while (client.next_event() != "reconnected") continue;
  }
  claims.equal(js.stream_info("kept")->State.Msgs, uint64_t{20}, "what was acknowledged is there");
  claims.equal(fetched(worker, 20, kWaitMs).size(), size_t{20}, "the consumer has it all");
}

int run(const std::string& binary) {
  Claims claims;
  {
    Server server(binary, {"-js", "-sd", "store"});
    claims.run("streams", streams, server);
    claims.run("publishing", publishing, server);
    claims.run("pull_consumers", pull_consumers, server);
    claims.run("push_consumers", push_consumers, server);
    claims.run("key_value", key_value, server);
  }
  claims.run("restart", restart, binary);
  return claims.exit_code();
}

}  // namespace
}  // namespace myelin::interop

int main(int count, char** words) {
  if (count != 3 || std::string_view(words[1]) != "--server") {
    std::fprintf(stderr, "usage: %s --server <path of the server's binary>\n", words[0]);
    return 2;
  }
  int code = 1;
  try {
    code = myelin::interop::run(words[2]);
  } catch (const std::exception& error) {
    std::printf("FAIL %s\n", error.what());
  }
  nats_CloseAndWait(myelin::interop::kWaitMs);
  return code;
}
