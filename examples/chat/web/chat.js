// A room is a subject, and its history a stream: an ordered consumer brings first what was said,
// then what is being said. There is no other server than the NATS server.
//
//   ?room=name     another room than "lobby"
//   ?server=URL    another server than the one that serves this page

import { DeliverPolicy, jetstream, jetstreamManager, wsconnect } from "./nats.js";

const query = new URLSearchParams(location.search);
const room = (query.get("room") ?? "lobby").replace(/[^\w-]/g, "") || "lobby";
const subject = `chat.${room}`;
const streamConfig = {
  name: "CHAT",
  subjects: ["chat.*"],
  max_msgs_per_subject: 500,
  max_msg_size: 16 * 1024,
};

const element = (id) => document.getElementById(id);
const messages = element("messages");
const name = element("name");

function show(state, up = false) {
  element("state").textContent = state;
  element("state").className = up ? "up" : "";
}

// The daemon that serves this page knows where it listens for WebSocket.
async function serverUrl() {
  if (query.has("server")) return query.get("server");
  const varz = await fetch(new URL("../varz", location.href)).then((answer) => answer.json());
  const { port, no_tls } = varz.websocket;
  return `${no_tls ? "ws" : "wss"}://${location.hostname}:${port}`;
}

function appended(parent, tag, text, className = "") {
  const child = parent.appendChild(document.createElement(tag));
  child.textContent = text;
  child.className = className;
  return child;
}

let last = { from: null, at: new Date(0) };

// Messages of one person that follow one another stand together under one name.
function draw(from, text, at) {
  const isNearEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  const isNewDay = at.toDateString() !== last.at.toDateString();
  if (isNewDay) {
    const words = { weekday: "long", month: "long", day: "numeric" };
    appended(messages, "p", at.toLocaleDateString("en", words), "day");
  }
  const isFirst = isNewDay || from !== last.from || at - last.at > 5 * 60_000;
  const article = appended(messages, "article", "");
  article.classList.toggle("first", isFirst);
  article.classList.toggle("mine", from === name.value);
  const header = appended(article, "header", "");
  if (from !== name.value) appended(header, "b", from);
  const time = appended(header, "time", at.toTimeString().slice(0, 5));
  time.dateTime = at.toISOString();
  appended(article, "p", text);
  last = { from, at };
  if (isNearEnd || from === name.value) messages.scrollTop = messages.scrollHeight;
}

async function watchState(connection) {
  for await (const { type } of connection.status()) {
    if (type === "disconnect" || type === "reconnecting") show("reconnecting");
    if (type === "reconnect") show("connected", true);
  }
}

// The stream is there before anything can be said.
async function openRoom(connection) {
  const manager = await jetstreamManager(connection);
  await manager.streams.add(streamConfig);
  const consumer = await jetstream(connection).consumers.get(streamConfig.name, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.All,
  });
  return consumer.consume();
}

async function follow(said) {
  for await (const message of said) {
    try {
      const { from, text } = message.json();
      draw(String(from), String(text), message.time);
    } catch {
      continue; // somebody else's bytes on our subject
    }
  }
}

async function main() {
  element("room").textContent = room;
  document.title = `#${room}`;
  const someone = `guest-${Math.floor(Math.random() * 900 + 100)}`;
  name.value = sessionStorage.getItem("name") ?? query.get("name") ?? someone;
  sessionStorage.setItem("name", name.value);
  name.addEventListener("change", () => sessionStorage.setItem("name", name.value));

  const connection = await wsconnect({
    servers: await serverUrl(),
    name: `chat: ${name.value}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
  });
  const said = await openRoom(connection);
  show("connected", true);
  watchState(connection);

  const streams = jetstream(connection);
  element("compose").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = element("text").value.trim();
    if (!text) return;
    try {
      await streams.publish(subject, JSON.stringify({ from: name.value, text }));
      element("text").value = "";
    } catch (error) {
      show(`not sent: ${error.message}`);
    }
  });
  await follow(said);
}

main().catch((error) => show(error.message));
