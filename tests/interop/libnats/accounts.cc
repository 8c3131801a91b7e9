// libnats, the C client, unmodified, in the accounts of a server it takes for nats-server: what
// they share and what they do not, nkeys, and the creds files of an operator that nsc made.
//
// usage: accounts_libnats [--creds] --server <path of the server's binary>
//
// With --creds the accounts are the operator's, otherwise the configuration's.

#include <nats/nats.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/interop/libnats/claims.h"
#include "tests/interop/libnats/client.h"
#include "tests/interop/libnats/server.h"

namespace myelin::interop {
namespace {

constexpr char kAccounts[] = R"(accounts {
  SHOP: {
    users: [{ user: shop, password: pw }]
    exports: [{ service: "quotes.*" }, { stream: "ticks.>" }]
  }
  CUSTOMER: {
    users: [{ user: customer, password: pw }]
    imports: [
      { service: { account: SHOP, subject: "quotes.eu" }, to: "ask.quotes" }
      { stream: { account: SHOP, subject: "ticks.>" }, prefix: "shop" }
    ]
  }
})";
constexpr char kPublicKey[] = "UAX3PGAJTATHFXGLDS4DDNPPZRV3OXUUHVVHPH3AU5X3PIERRSX32IKJ";
constexpr char kSeed[] = "SUAC2U47RAWA3VU3MNWTMA3POBYS5B5G5W3DAU4C3JPNNH2KG4HDCCHEEU";
constexpr char kOtherSeed[] = "SUACU3LXSHT7EZNYWSULDCQ3WGNVHDI67Y66VXZPXKBL7HDI53L37QLGPE";

std::string operator_file(const std::string& name) {
  return std::string(MYELIN_OPERATOR_FOLDER) + '/' + name;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void quote(natsConnection* connection, natsSubscription*, natsMsg* request, void*) {
  const Message owned(request);
  natsConnection_PublishString(connection, natsMsg_GetReply(request),
                               ("quoted " + payload(owned)).c_str());
}

void exchange(Claims& claims, const Client& shop, const Client& customer) {
  natsMsg* reply = nullptr;
  claims.equal(static_cast<int>(
                   natsConnection_RequestString(&reply, customer.get(), "ask.quotes", "", kWaitMs)),
               static_cast<int>(NATS_NO_RESPONDERS),
               "a service that nobody offers has no responders");
  const Subscription service = shop.serve("quotes.eu", quote);
  const Subscription heard = customer.subscribe(">");
  shop.flush();
  customer.flush();
  must(natsConnection_RequestString(&reply, customer.get(), "ask.quotes", "7", kWaitMs), "request");
  claims.equal(payload(Message(reply)), std::string("quoted 7"),
               "another account's service answers under the importer's name for it");
  customer.taken(heard);
  shop.publish("ticks.a", "42");
  shop.publish("news", "not exported");
  shop.flush();
  claims.equal(subjects(customer.taken(heard)), Texts{"shop.ticks.a"},
               "a stream is heard under the importer's prefix, and nothing else is");
}

void sharing(Claims& claims, const std::string& binary) {
  const Server server(binary, {}, kAccounts);
  exchange(claims, Client(server, {.user = "shop", .password = "pw"}),
           Client(server, {.user = "customer", .password = "pw"}));
  claims.equal(static_cast<int>(Client(server, {.user = "shop", .password = "no"}).status()),
               static_cast<int>(NATS_CONNECTION_AUTH_FAILED), "a wrong password opens no account");
}

void nkeys(Claims& claims, const std::string& binary) {
  const std::string config = "authorization { users: [{ nkey: " + std::string(kPublicKey) + " }] }";
  const Server server(binary, {}, config);
  const Client client(server, {.nkey = kPublicKey, .seed = kSeed});
  client.flush();
  claims.holds(client.status() == NATS_OK, "an nkey is a user");
  claims.equal(static_cast<int>(Client(server, {.nkey = kPublicKey, .seed = kOtherSeed}).status()),
               static_cast<int>(NATS_CONNECTION_AUTH_FAILED),
               "who signs with another key is not it");
}

void creds_files(Claims& claims, const std::string& binary) {
  const Server server(binary, {}, text_of(operator_file("server.conf")));
  const std::string shop = operator_file("shop.creds");
  const std::string customer = operator_file("customer.creds");
  exchange(claims, Client(server, {.creds = shop.c_str()}),
           Client(server, {.creds = customer.c_str()}));
  for (const std::string name : {"late", "revoked"}) {
    const std::string file = operator_file(name + ".creds");
    claims.equal(static_cast<int>(Client(server, {.creds = file.c_str()}).status()),
                 static_cast<int>(NATS_CONNECTION_AUTH_FAILED), "the " + name + " user is refused");
  }
}

int run(const std::string& binary, bool has_creds) {
  Claims claims;
  if (has_creds) {
    claims.run("creds_files", creds_files, binary);
  } else {
    claims.run("sharing", sharing, binary);
    claims.run("nkeys", nkeys, binary);
  }
  return claims.exit_code();
}

}  // namespace
}  // namespace myelin::interop

int main(int count, char** words) {
  const bool has_creds = count == 4 && std::string_view(words[1]) == "--creds";
  if (count != (has_creds ? 4 : 3) || std::string_view(words[count - 2]) != "--server") {
    std::fprintf(stderr, "usage: %s [--creds] --server <path of the server's binary>\n", words[0]);
    return 2;
  }
  int code = 1;
  try {
    code = myelin::interop::run(words[count - 1], has_creds);
  } catch (const std::exception& error) {
    std::printf("FAIL %s\n", error.what());
  }
  nats_CloseAndWait(myelin::interop::kWaitMs);
  return code;
}
