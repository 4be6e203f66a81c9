// Replays, sends and holds of routes as the command line says them.

import { type Chosen, placeName } from './choice';
import { midplane } from './command';
import { type Content, type Header, isSame } from './content';
import type { Numbers } from './numbers';
import type { Form } from './replay';

/** What fits on a line that somebody reads before it is run; more belongs into a file. */
const LONGEST = 400;

type Run = { dry: boolean; numbers: Numbers };

/** `kept` is what goes in unedited, `refused` whether that cannot. */
export function replayCommand(id: string, form: Form, kept: Content | undefined, { dry, numbers }: Run): string {
  const { target } = form;
  return midplane(
    'replay',
    id,
    ...(kept && isSame(form.content, kept) ? [] : edits(form.content, kept)),
    target.at === 'route' && `--route=${target.route}`,
    target.at === 'endpoint' && `--endpoint=${target.endpoint}`,
    ...(dry ? ['--dry-run', ...form.chosen.flatMap((one) => chosenWords(one, numbers))] : ['--yes']),
    form.wantsReply && '--answer',
  );
}

/** Flags replace what they name and take nothing away: a header that is gone needs the editor. */
function edits(content: Content, kept: Content | undefined): string[] {
  const before = kept?.headers ?? [];
  const isGone = (header: Header) => !content.headers.some((one) => one.name === header.name);
  if (before.some(isGone) || content.body.is === 'none') return ['--edit'];
  const isNew = (header: Header) =>
    !before.some((one) => one.name === header.name && one.kind === header.kind && one.value === header.value);
  const isBodyKept = kept && JSON.stringify(kept.body) === JSON.stringify(content.body);
  return [...(isBodyKept ? [] : bodyWords(content)), ...content.headers.filter(isNew).map(headerWord)];
}

type Send = { integration: string; environment: string; route?: string; endpoint?: string };

export function sendCommand(to: Send, form: Omit<Form, 'target'>, { dry, numbers }: Run): string {
  const target = to.endpoint === undefined ? `${to.integration}/${to.route || 'ROUTE'}` : to.integration;
  return midplane(
    'send',
    target,
    to.endpoint !== undefined && `--endpoint=${to.endpoint || 'URI'}`,
    ...(form.content.body.is === 'none' ? [] : bodyWords(form.content)),
    ...form.content.headers.map(headerWord),
    ...(dry ? ['--dry-run', ...form.chosen.flatMap((one) => chosenWords(one, numbers))] : []),
    form.wantsReply && '--answer',
    `--env=${to.environment}`,
  );
}

export function holdCommand(action: string, integration: string, route: string, environment: string): string {
  return midplane('route', action.toLowerCase(), `${integration}/${route}`, `--env=${environment}`);
}

function bodyWords({ body }: Content): string[] {
  if (body.is !== 'text') return ['--body=@body.bin'];
  const isShort = body.text.length <= LONGEST && !body.text.startsWith('@');
  return [isShort ? `--body=${body.text}` : '--body=@body.txt'];
}

function headerWord({ name, kind, value }: Header): string {
  return `--header=${name}${kind === 'text' ? '' : `:${kind}`}=${value}`;
}

function chosenWords({ place, choice }: Chosen, numbers: Numbers): string[] {
  const where = placeName(place, numbers);
  if (choice.is === 'allow') return [`--allow=${where}`];
  if (choice.is === 'from') return [`--reply=${where}=from:${choice.id}`];
  // The last `=` ends the place there.
  const isPlain = choice.text.length <= LONGEST && !choice.text.includes('=');
  return [isPlain ? `--reply=${where}=text:${choice.text}` : `--reply=${where}=reply.json`];
}
