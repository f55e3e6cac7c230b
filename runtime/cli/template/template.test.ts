import { describe, expect, it } from 'vitest';
import { listText } from '../output/list.ts';
import type { TemplateError } from './errors.ts';
import { compileTemplate } from './evaluate.ts';

const VALUE = {
  Name: '/one',
  State: { Running: true, Pid: 12 },
  Cmd: ['sleep', '9'],
  Labels: { b: '2', a: '1' },
  Ports: { '80/tcp': [{ HostPort: '8080' }] },
  Empty: [],
  Nothing: null,
};

const print = (template: string): string => compileTemplate(template)(VALUE);

describe('templates', () => {
  it.each([
    ['{{.Name}} {{.State.Pid}} {{.Nothing}} {{.No.Such}}', '/one 12 <no value> <no value>'],
    ['{{.Cmd}} {{.Labels}} {{json .Labels}}', '[sleep 9] map[a:1 b:2] {"b":"2","a":"1"}'],
    ['{{range .Cmd}}<{{.}}>{{end}}{{range .Empty}}x{{else}}none{{end}}', '<sleep><9>none'],
    ['{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}', 'a=1;b=2;'],
    ['{{range $i, $e := .Cmd}}{{if eq $i 1}}{{break}}{{end}}{{$e}}{{end}}', 'sleep'],
    ['{{if and .State.Running (gt .State.Pid 10)}}yes{{else if .Nothing}}maybe{{else}}no{{end}}', 'yes'],
    ['{{with .State}}{{.Pid}} {{$.Name}}{{end}}', '12 /one'],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}} {{index .Cmd 1}}', '8080 9'],
    ['{{join .Cmd "+"}} {{len .Cmd}} {{slice .Name 1}} {{slice .Cmd 0 1}}', 'sleep+9 2 one [sleep]'],
    [
      '{{upper .Name}} {{title "ab cd"}} {{.Name | printf "%-6s|%q" "x"}} {{println 1}}',
      '/ONE Ab Cd x     |"/one" 1\n',
    ],
    ['a  {{- /* a comment */ -}}  b {{"}}"}} {{`raw`}}', 'ab }} raw'],
    ['{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}', '2'],
    [
      '{{define "one"}}<{{.}}{{$}}>{{end}}{{template "one" .Name}}{{range .Cmd}}{{template "one" .}}{{end}}',
      '</one/one><sleepsleep><99>',
    ],
    ['{{block "b" .State}}{{.Pid}}{{end}} {{template "b"}}{{define "b"}}  {{end}}', '12 <no value>'],
    ['{{$x := 1}}{{define "x"}}{{with .}}{{template "x" .In}}{{end}}.{{end}}{{template "x" .State}}', '..'],
    ['{{printf "%T %T %T %T %T" .Name 1 .Cmd .Labels .Nothing}}', 'string int []string map[string]string <nil>'],
    ['{{printf "%e %o %b" 1234.5 8 5}}', '1.234500e+03 10 101'],
    ['{{printf "%5.1f %03d %v %t %%" 1.25 7 .Empty false}}', '  1.3 007 [] false %'],
  ])('%s', (template, text) => {
    expect(print(template)).toBe(text);
  });

  it.each([
    '{{',
    '{{.A',
    '{{range .Cmd}}',
    '{{end}}',
    '{{no .Such}}',
    '{{.A | }}',
    '{{(.A}}',
    '{{"open}}',
    '{{define}}',
    '{{define "x"}}',
    '{{if .A}}{{define "x"}}{{end}}{{end}}',
    '{{template .A}}',
    '{{block "x"}}{{end}}',
    '{{define "x"}}{{else}}{{end}}',
  ])('refuses %s with the code of a template that cannot be parsed', (template) => {
    expect(() => compileTemplate(template)).toThrow(expect.objectContaining({ exitCode: 64 }) as TemplateError);
  });

  it.each([
    ['{{template "no" .}}', /template "no" not defined/],
    ['{{define "x"}}{{template "x"}}{{end}}{{template "x"}}', /exceeded maximum template depth/],
    ['{{$x := 1}}{{define "y"}}{{$x}}{{end}}{{template "y"}}', /undefined variable "\$x"/],
  ])('refuses to print %s', (template, reason) => {
    expect(() => print(template)).toThrow(reason);
  });

  it('takes a missing field for an error when it is asked to', () => {
    expect(() => compileTemplate('{{.No}}', { strict: true })(VALUE)).toThrow(/map has no entry for key "No"/);
  });
});

describe('lists', () => {
  const layout = { headers: { ID: 'THE ID', Name: 'NAME' }, table: '{{.ID}}\t{{.Name}}', quiet: '{{.ID}}' };
  const rows = [{ ID: 'a', Name: 'first <1>', Label: (name: unknown) => `label ${String(name)}` }];

  it.each([
    [{}, 'THE ID    NAME\na         first <1>\n'],
    [{ quiet: true }, 'a\n'],
    [{ format: 'json' }, '{"ID":"a","Name":"first \\u003c1\\u003e"}\n'],
    [{ format: '{{.Name}}\\t{{upper .ID}}' }, 'first <1>\tA\n'],
    [
      { format: 'table {{upper .Name}}\\t{{.Label "com.x.some-name"}}' },
      'NAME        some name\nFIRST <1>   label com.x.some-name\n',
    ],
  ])('%j', (choice, text) => {
    expect(listText(rows, layout, choice)).toBe(text);
  });
});
