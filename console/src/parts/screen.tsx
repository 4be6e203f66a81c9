import { Content, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import { type ReactNode, useEffect } from 'react';

type Props = { title: string; name?: ReactNode; lead?: ReactNode; actions?: ReactNode; children: ReactNode };

/** A screen: its title (also the tab's), what can be done with all of it, its contents. */
export function Screen({ title, name, lead, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} - Midplane`;
  }, [title]);
  return (
    <>
      <PageSection className="mp-head" hasBodyWrapper={false}>
        <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} alignItems={{ default: 'alignItemsCenter' }}>
          <FlexItem grow={{ default: 'grow' }}>
            <Title headingLevel="h1">{name ?? title}</Title>
            {lead && (
              <Content component="p" className="mp-lead">
                {lead}
              </Content>
            )}
          </FlexItem>
          {actions && <FlexItem className="mp-actions">{actions}</FlexItem>}
        </Flex>
      </PageSection>
      <PageSection hasBodyWrapper={false} isFilled className="mp-body">
        {children}
      </PageSection>
    </>
  );
}
