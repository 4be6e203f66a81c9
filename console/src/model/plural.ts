import { count } from './time';

/** `1 message`, `2,590 messages`, `3 passes`. */
export function plural(many: number, one: string, more = `${one}s`): string {
  return `${count(many)} ${many === 1 ? one : more}`;
}
