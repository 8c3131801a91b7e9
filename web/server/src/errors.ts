// What can go wrong, as one class whose `code` a program can look at. Errors cross from the Worker
// to the page as plain objects, since structured cloning keeps neither class nor code.

export type ErrorCode =
  | "config" // the configuration text has errors: `problems` has them, one by one
  | "options" // Server.start was called with what it does not know or cannot do here
  | "wasm" // myelin.wasm was not found, or is not what this package needs
  | "worker" // the server's Worker could not be started
  | "storage" // the streams cannot be opened, read or written
  | "storage_locked" // another server has the same streams open
  | "report" // there is no such report, or its parameters are wrong
  | "crashed" // the server ended because of a fault of its own
  | "stopped"; // the server was stopped

export interface PlainError {
  code: ErrorCode;
  message: string;
  problems: string[];
}

export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ErrorCode;
  // For "config": "line:column: what is wrong", one per fault.
  readonly problems: string[];

  constructor(code: ErrorCode, message: string, problems: string[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

export function toPlain(error: unknown, code: ErrorCode): PlainError {
  if (error instanceof ServerError) {
    return { code: error.code, message: error.message, problems: error.problems };
  }
  return { code, message: messageOf(error), problems: [] };
}

export function fromPlain(error: PlainError): ServerError {
  return new ServerError(error.code, error.message, error.problems);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
