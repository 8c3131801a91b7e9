// What the lists show, from what a server reports: its monitoring where that can be asked, its
// JetStream API where not. What comes from outside is read with care: absent is zero or empty.

import type { Backend } from "../backend/backend";
import type { Observer } from "../observe/observer";

type Json = Record<string, unknown>;
// A report of a server's monitoring.
export type Report = NonNullable<Backend["report"]>;

// In: what was published; out: what was delivered.
export interface Counts {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export interface ConnectionFacts extends Counts {
  id: number;
  name: string;
  client: string;
  from: string;
  pending: number;
  subscriptions: string[];
  subscriptionCount: number;
}

export interface ConsumerFacts {
  name: string;
  filter: string;
  pending: number;
  ackPending: number;
  ackFloor: number;
  delivered: number;
  redelivered: number;
  isPush: boolean;
}

export interface StreamFacts {
  name: string;
  subjects: string[];
  storage: string;
  retention: string;
  messages: number;
  bytes: number;
  firstSeq: number;
  lastSeq: number;
  consumers: ConsumerFacts[];
}

export interface Totals extends Counts {
  connections: number;
}

const connectionsMax = 200;
const streamsMax = 200;

export async function connectionsOf(ask: Report): Promise<ConnectionFacts[]> {
  const report = await ask("connz", `subs=1&limit=${connectionsMax}`);
  return list(at(report, "connections")).map((row) => ({
    id: number(row.cid),
    name: text(row.name),
    client: [text(row.lang), text(row.version)].filter(Boolean).join(" "),
    from: row.ip ? `${text(row.ip)}:${number(row.port)}` : "",
    messagesIn: number(row.in_msgs),
    messagesOut: number(row.out_msgs),
    bytesIn: number(row.in_bytes),
    bytesOut: number(row.out_bytes),
    pending: number(row.pending_bytes),
    subscriptions: texts(row.subscriptions_list),
    subscriptionCount: number(row.subscriptions),
  }));
}

export async function totalsOf(ask: Report): Promise<Totals> {
  const report = object(await ask("varz"));
  return {
    messagesIn: number(report.in_msgs),
    messagesOut: number(report.out_msgs),
    bytesIn: number(report.in_bytes),
    bytesOut: number(report.out_bytes),
    connections: number(report.connections),
  };
}

// Without a report: what a client can ask for.
export async function streamsOf(
  ask: Report | undefined,
  observer: Observer,
): Promise<StreamFacts[]> {
  const streams = ask
    ? streamsOfReport(await ask("jsz", `streams=1&consumers=1&config=1`))
    : await streamsOfApi(observer);
  return streams.sort((left, right) => left.name.localeCompare(right.name)).slice(0, streamsMax);
}

function streamsOfReport(report: unknown): StreamFacts[] {
  return list(at(report, "account_details")).flatMap((account) =>
    list(account.stream_detail).map((row) => streamOf(row, list(row.consumer_detail))),
  );
}

async function streamsOfApi(observer: Observer): Promise<StreamFacts[]> {
  const answer = await observer.api("$JS.API.STREAM.LIST", { offset: 0 });
  const rows = list(at(answer, "streams")).slice(0, streamsMax);
  return Promise.all(
    rows.map(async (row) => {
      const name = text(at(row.config, "name"));
      const hasConsumers = number(at(row.state, "consumer_count")) > 0;
      const consumers = hasConsumers
        ? list(at(await observer.api(`$JS.API.CONSUMER.LIST.${name}`, { offset: 0 }), "consumers"))
        : [];
      return streamOf(row, consumers);
    }),
  );
}

function streamOf(row: Json, consumers: Json[]): StreamFacts {
  const config = object(row.config);
  const state = object(row.state);
  return {
    name: text(row.name) || text(config.name),
    subjects: texts(config.subjects),
    storage: text(config.storage),
    retention: text(config.retention),
    messages: number(state.messages),
    bytes: number(state.bytes),
    firstSeq: number(state.first_seq),
    lastSeq: number(state.last_seq),
    consumers: consumers.map(consumerOf),
  };
}

function consumerOf(row: Json): ConsumerFacts {
  const config = object(row.config);
  const filters = [text(config.filter_subject), ...texts(config.filter_subjects)];
  return {
    name: text(row.name),
    filter: filters.filter(Boolean).join(", "),
    pending: number(row.num_pending),
    ackPending: number(row.num_ack_pending),
    ackFloor: number(at(row.ack_floor, "stream_seq")),
    delivered: number(at(row.delivered, "stream_seq")),
    redelivered: number(row.num_redelivered),
    isPush: text(config.deliver_subject) !== "",
  };
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function at(value: unknown, name: string): unknown {
  return object(value)[name];
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}
