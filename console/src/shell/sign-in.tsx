import { Alert, Button, Title } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { Command } from '../parts/command';

/** For a browser without a session: how to get one. The link itself opens a page with a button. */
export function SignIn({ again }: { again: () => void }) {
  const queries = useQueryClient();
  return (
    <main className="mp-sign-in">
      <img src="/icon.svg" alt="" className="mp-logo" />
      <Title headingLevel="h1">Sign in to Midplane</Title>
      <p>
        Midplane takes Apache Camel integrations from Git to where they run, and shows every message that goes through.
      </p>
      <p>A one-time link signs this browser in. Make one in a terminal where midplane is set up:</p>
      <Command label="Command that makes a sign-in link">midplane login</Command>
      <p className="mp-quiet">
        The link is good once, for ten minutes. <code>midplane up</code> prints one when it starts.
      </p>
      <Button
        variant="secondary"
        onClick={() => {
          queries.clear();
          again();
        }}
      >
        I opened the link
      </Button>
    </main>
  );
}

export function Away({ message, again }: { message: string; again: () => void }) {
  return (
    <main className="mp-sign-in">
      <Title headingLevel="h1">Midplane does not answer</Title>
      <Alert isInline variant="warning" title={message} component="p" />
      <p>
        Workloads go on without it. If it runs on this machine, <code>midplane doctor</code> says what is wrong.
      </p>
      <Button onClick={again}>Try again</Button>
    </main>
  );
}
