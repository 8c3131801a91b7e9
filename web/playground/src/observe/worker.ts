// The observer: the page's connections, in a Worker, so that no flood of messages can stop the
// page. One follows all messages and tells the page what a page can show. A second one, made when
// it is wanted, publishes, requests and subscribes for the user: it takes part, the first only
// looks on.

import { createInbox, headers as noHeaders, nuid } from "@nats-io/nats-core";
import type { Msg, MsgHdrs, NatsConnection, Subscription } from "@nats-io/nats-core";

import { type Connector, connectorOf } from "../connector";
import type { Link } from "../link";
import { isInternal } from "../subject_pattern";
import { Follower } from "./follower";
import type { Entry, FromObserver, Sending, ServerInfo, ToObserver } from "./protocol";
import { SubjectCounts } from "./subject_counts";

const tickMs = 100;
const ticksPerTotals = 5;
// Shown at once, so that a burst is whole; and then in each tick, which is more than anybody reads.
const entriesMax = 300;
const entriesPerTick = 20;
const payloadMax = 8 * 1024;
const subjectsMax = 200;

const post = (message: FromObserver) => globalThis.postMessage(message);

// Where answers to the page come: what it asks to show something is not shown itself.
const inboxPrefix = `_INBOX.${nuid.next()}`;

let connect: Connector | undefined;
let connection: NatsConnection | undefined;
let hand: Promise<NatsConnection> | undefined;
let follower: Follower | undefined;
let showsInternals = false;
let number = 0;

const subjects = new SubjectCounts();
let entries: Entry[] = [];
let leftOut = 0;
let allowance = entriesMax;
let messages = 0;
let bytes = 0;
let ticks = 0;

globalThis.onmessage = ({ data }: MessageEvent<ToObserver>) => {
  if (data.type === "open") return void open(data.link);
  if (data.type === "follow") return follow(data.on);
  if (data.type === "internals") return void (showsInternals = data.on);
  if (data.type === "unsubscribe") return unsubscribe(data.id);
  const call = "call" in data ? data.call : 0;
  perform(data).then(
    (value) => call && post({ type: "answer", call, value }),
    (error: unknown) => call && post({ type: "failure", call, error: messageOf(error) }),
  );
};

// The connection ------------------------------------------------------------------------------

async function open(link: Link): Promise<void> {
  post({ type: "state", state: "connecting" });
  try {
    connect = connectorOf(link);
    connection = await connect({
      name: "playground: observer",
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      ignoreAuthErrorAbort: true,
      // Extends CONNECT. What an observer takes is taken by nobody: see docs/compatibility.md.
      authenticator: () => ({ observer: true }) as never,
    });
  } catch (error) {
    return post({ type: "state", state: "closed", error: messageOf(error) });
  }
  connected();
  for await (const event of connection.status()) {
    if (event.type === "disconnect") post({ type: "state", state: "reconnecting" });
    if (event.type === "reconnect") connected();
  }
  const error = await connection.closed();
  post({ type: "state", state: "closed", ...(error ? { error: messageOf(error) } : {}) });
}

function connected(): void {
  const server = serverInfo();
  post({ type: "state", state: "connected", server });
  follow(follower !== undefined || server.knowsObservers);
}

function serverInfo(): ServerInfo {
  const { info } = live();
  const { myelin } = { myelin: false, ...info };
  return {
    name: info?.server_name ?? "",
    id: info?.server_id ?? "",
    version: info?.version ?? "",
    clientId: info?.client_id ?? 0,
    hasJetStream: info?.jetstream ?? false,
    maxPayload: info?.max_payload ?? 0,
    knowsObservers: myelin,
  };
}

function live(): NatsConnection {
  if (!connection || connection.isClosed()) throw new Error("There is no connection to a server.");
  return connection;
}

// A connection that has ended is made anew; its subscriptions have ended with it.
async function byHand(): Promise<NatsConnection> {
  live();
  const last = await hand?.catch(() => undefined);
  if (last && !last.isClosed()) return last;
  const options = { maxReconnectAttempts: -1, reconnectTimeWait: 500 };
  hand = connect!({ name: "by hand", inboxPrefix, ...options });
  return hand;
}

// Everything ----------------------------------------------------------------------------------

function follow(on: boolean): void {
  if (!on) follower?.stop();
  if (!on) follower = undefined;
  if (on) follower ??= new Follower(live(), take, refused);
  post({ type: "following", on });
}

function refused(error: Error): void {
  follower = undefined;
  post({ type: "following", on: false, error: messageOf(error) });
}

// The page's questions to JetStream, the answers, and the advisories that tell who listens to all
// of the questions.
function isOwn({ subject, reply = "" }: Msg): boolean {
  const isQuestion = subject.startsWith("$JS.API.") && reply.startsWith(inboxPrefix);
  return isQuestion || subject.startsWith(inboxPrefix) || subject === "$JS.EVENT.ADVISORY.API";
}

function take(message: Msg): void {
  if (isOwn(message)) return;
  const at = Date.now();
  messages += 1;
  bytes += message.data.length;
  const isOfClients = isInternal(message.subject);
  if (isOfClients && !showsInternals) return;
  if (!isOfClients) subjects.count(message.subject, message.data.length, at);
  if (allowance === 0) return void (leftOut += 1);
  allowance -= 1;
  entries.push(entryOf(message, at));
}

function entryOf(message: Msg, at: number): Entry {
  return {
    number: ++number,
    at,
    subject: message.subject,
    reply: message.reply ?? "",
    headers: message.headers ? pairsOf(message.headers) : [],
    size: message.data.length,
    payload: message.data.slice(0, payloadMax),
  };
}

function pairsOf(headers: MsgHdrs): [string, string][] {
  const pairs: [string, string][] = [];
  if (headers.code) pairs.push(["status", `${headers.code} ${headers.description}`.trim()]);
  for (const name of headers.keys()) {
    for (const value of headers.values(name)) pairs.push([name, value.slice(0, 1000)]);
  }
  return pairs.slice(0, 50);
}

setInterval(() => {
  if (entries.length > 0 || leftOut > 0) post({ type: "entries", entries, leftOut });
  entries = [];
  leftOut = 0;
  allowance = Math.min(allowance + entriesPerTick, entriesMax);
  for (const hand of hands.values()) tellDelivered(hand);
  if (++ticks % ticksPerTotals === 0) tellTotals();
}, tickMs);

function tellTotals(): void {
  post({
    type: "totals",
    messages,
    bytes,
    isSampled: follower?.takeSampled() ?? false,
    subjects: subjects.top(subjectsMax, Date.now()),
    subjectCount: subjects.size,
  });
}

// By hand -------------------------------------------------------------------------------------

interface Hand {
  id: number;
  subscription: Subscription;
  count: number;
  told: number;
  entries: Entry[];
}

const hands = new Map<number, Hand>();
const handEntriesMax = 20; // in each tick

async function subscribe(id: number, subject: string, queue: string): Promise<void> {
  const subscription = (await byHand()).subscribe(subject, {
    ...(queue ? { queue } : {}),
    callback: (error, message) => {
      if (error) return void ended(error.message);
      hand.count += 1;
      if (hand.entries.length < handEntriesMax) hand.entries.push(entryOf(message, Date.now()));
    },
  });
  const hand: Hand = { id, subscription, count: 0, told: 0, entries: [] };
  const ended = (error?: string) => {
    if (hands.delete(id)) post({ type: "unsubscribed", id, ...(error ? { error } : {}) });
  };
  hands.set(id, hand);
  subscription.closed.then(
    () => ended(),
    (error: unknown) => ended(messageOf(error)),
  );
}

function unsubscribe(id: number): void {
  hands.get(id)?.subscription.unsubscribe();
}

function tellDelivered(hand: Hand): void {
  if (hand.count === hand.told) return;
  post({ type: "delivered", id: hand.id, count: hand.count, entries: hand.entries });
  hand.told = hand.count;
  hand.entries = [];
}

async function perform(message: ToObserver): Promise<unknown> {
  switch (message.type) {
    case "subscribe":
      try {
        return await subscribe(message.id, message.subject, message.queue);
      } catch (error) {
        return post({ type: "unsubscribed", id: message.id, error: messageOf(error) });
      }
    case "publish": {
      const { subject, payload } = message.sending;
      const client = await byHand();
      client.publish(subject, payload, headersOf(message.sending));
      return client.flush();
    }
    case "request": {
      const { subject, payload } = message.sending;
      // Its answer is shown like any other: it has an inbox apart from those of the page.
      const apart = { noMux: true, reply: createInbox() };
      const options = { timeout: message.timeoutMs, ...apart, ...headersOf(message.sending) };
      return entryOf(await (await byHand()).request(subject, payload, options), Date.now());
    }
    case "api": {
      const body = message.body === undefined ? "" : JSON.stringify(message.body);
      // Not of the observer: who asks with a subscription to everything open is answered there.
      return (await (await byHand()).request(message.subject, body, { timeout: 3000 })).json();
    }
    default:
      return undefined;
  }
}

function headersOf(sending: Sending): { headers?: MsgHdrs } {
  if (sending.headers.length === 0) return {};
  const headers = noHeaders();
  for (const [name, value] of sending.headers) headers.append(name, value);
  return { headers };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (/no ?responders/i.test(`${error.name} ${error.message}`)) {
    return "No responders: nobody subscribes to this subject.";
  }
  if (error.name === "TimeoutError") return "No answer in time.";
  // Why a WebSocket does not open a browser tells no page.
  if (error.name === "ConnectionError" && !error.message)
    return "No WebSocket server answers there.";
  return error.message || error.name;
}
