// The command that makes a machine a runtime, as far as somebody wants to know before it is run there.

/** Where the runtime will dial: the first part of its token, `mp1.<host:port>.<pin>.<secret>`, each in base64url. */
export function dials(command: string): string | undefined {
  const part = /\bmp1\.([\w-]+)\./.exec(command)?.[1];
  if (!part) return undefined;
  try {
    return atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}

/** Reached from its own machine only. */
export function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)(:\d+)?$/i.test(address);
}
