// That a body is not what it is edited as: said before anything runs with it, and forbids nothing.

import { Alert } from '@patternfly/react-core';
import { useMemo } from 'react';
import { jsonProblem } from '../model/content';
import { xmlProblem } from '../model/markup';

export function Malformed({ text, as }: { text: string; as: 'json' | 'xml' }) {
  const wrong = useMemo(() => (as === 'json' ? jsonProblem(text) : xmlProblem(text)), [text, as]);
  if (!wrong) return null;
  return <Alert isInline isPlain variant="warning" component="p" title={wrong} />;
}
