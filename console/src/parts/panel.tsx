import { Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core';
import type { ReactNode } from 'react';

type Props = { title: string; actions?: ReactNode; children: ReactNode; className?: string };

export function Panel({ title, actions, children, className }: Props) {
  return (
    <Card isCompact {...(className ? { className } : {})}>
      <CardHeader {...(actions ? { actions: { actions, hasNoOffset: true } } : {})}>
        <CardTitle component="h2">{title}</CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
