import { expect, test } from 'vitest';
import { caption } from './caption';

const said = (kind: string, label: string | null) => caption({ kind, label });

test('an endpoint is said without its options', () => {
  expect(said('to', 'to[sql:SELECT ?, 1?dataSource=#tea&noop=true]')).toBe('sql:SELECT ?, 1');
  expect(said('from', 'rest://post:/orders?consumes=x')).toBe('rest:post:/orders');
  expect(said('toD', 'toD[http://127.0.0.1:23000/prices/${body}?throwExceptionOnFailure=false]')).toBe(
    'http:127.0.0.1:23000/prices/${body}',
  );
});

test('an expression is said without its language, question marks and all', () => {
  expect(said('split', 'split[jsonpath{$.lines[?(@.qty > 0)]}]')).toBe('$.lines[?(@.qty > 0)]');
  expect(said('when', 'when[simple{${body} == 1}]')).toBe('${body} == 1');
  expect(said('removeHeaders', 'removeHeaders[Camel*]')).toBe('Camel*');
});

test('a Java object is said by what it is, not by where it lies', () => {
  expect(said('unmarshal', 'unmarshal[org.apache.camel.model.dataformat.JsonDataFormat@69b794e2]')).toBe('json');
});

test('classes are said by their last names, without what a list is printed with', () => {
  expect(said('unmarshal', 'unmarshal[org.apache.camel.model.dataformat.JsonDataFormat]')).toBe('json');
  expect(said('onException', 'onException[[java.net.SocketException, org.apache.camel.http.Refused]]')).toBe(
    'SocketException, Refused',
  );
  expect(said('doCatch', 'doCatch[ [class org.apache.camel.ValidationException]]')).toBe('ValidationException');
  expect(said('onException', 'onException[[java.net.SocketException, org.apa...')).toBe('SocketException');
  expect(said('convertBodyTo', 'convertBodyTo[java.lang.String]')).toBe('String');
  expect(said('setBody', 'setBody[constant{[a, b]}]')).toBe('[a, b]');
});

test('a choice whose clauses nobody tells is said by their conditions', () => {
  expect(said('choice', "choice[when[simple{${body} == ''}]when[simple{${body} > 1}]otherwise[]]")).toBe(
    "${body} == '', ${body} > 1, otherwise",
  );
});

test('a label that only repeats the kind says nothing', () => {
  expect(said('choice', 'choice')).toBe('');
  expect(said('stop', null)).toBe('');
});
