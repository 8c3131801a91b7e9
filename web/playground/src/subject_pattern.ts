// Subjects and patterns of subjects: tokens between dots, * for one of them, > for the rest.

export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">" && index === wanted.length - 1) return tokens.length > index;
    if (index >= tokens.length) return false;
    if (token !== "*" && token !== tokens[index]) return false;
  }
  return wanted.length === tokens.length;
}

export function isPattern(text: string): boolean {
  return /(^|\.)(\*|>$)/.test(text);
}

// What clients and server say to each other about the messages, rather than messages.
export function isInternal(subject: string): boolean {
  return /^(_INBOX|\$JS|\$SYS|_R_|\$SRV)\./.test(subject);
}
