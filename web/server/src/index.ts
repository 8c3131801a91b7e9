export type { ConfigObject, ConfigValue } from "./config.js";
export { type ClientOptions, Door, type WsFactory } from "./door.js";
export type { LogLevel } from "./engine.js";
export { type ErrorCode, ServerError } from "./errors.js";
export type { ServerOptions } from "./options.js";
export {
  type LogLine, Server, ServerEvent, type ServerEventMap, type ServerInfo,
} from "./server.js";
export { LinkCloseEvent, LinkErrorEvent, LinkSocket } from "./socket.js";
export type { WasmSource } from "./wasm.js";
