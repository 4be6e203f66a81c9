// Command conformance answers templates with real Go and real sprig, so that the engine of crates/template can be held against them.
//
// It reads templates.txt and context.json beside it and writes one JSON line for each template to standard output: what sprig 2.22.0
// renders (the contract), what sprig 3 renders where that differs, and the functions the template calls. `cargo xtask generate
// conformance` runs it and commits the output; nothing of this runs in a build or in production.
//
// In templates.txt a line is a template; ␤ stands for a newline inside one. A line that starts with a tab says how our answer differs
// from Go's, as a JSON string (or null for an error), and why. Lines that start with # are comments.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/template"
	"text/template/parse"

	sprig2 "github.com/Masterminds/sprig"
	sprig3 "github.com/Masterminds/sprig/v3"
)

type answer struct {
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
}

type ours struct {
	Output *string `json:"output"`
	Why    string  `json:"why"`
}

type line struct {
	Template  string   `json:"template"`
	Output    *string  `json:"output,omitempty"`
	Error     string   `json:"error,omitempty"`
	Functions []string `json:"functions"`
	V3        *answer  `json:"v3,omitempty"`
	Ours      *ours    `json:"ours,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	context, err := os.ReadFile("context.json")
	if err != nil {
		return err
	}
	file, err := os.Open("templates.txt")
	if err != nil {
		return err
	}
	defer file.Close()

	var lines []*line
	scanner := bufio.NewScanner(file)
	for number := 1; scanner.Scan(); number++ {
		text := scanner.Text()
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(text, "\t"):
			if len(lines) == 0 {
				return fmt.Errorf("templates.txt:%d: nothing to differ from", number)
			}
			value, why, found := strings.Cut(text[1:], " -- ")
			if !found {
				return fmt.Errorf("templates.txt:%d: a difference needs ` -- ` and a reason", number)
			}
			differs := &ours{Why: why}
			if err := json.Unmarshal([]byte(value), &differs.Output); err != nil {
				return fmt.Errorf("templates.txt:%d: %w", number, err)
			}
			lines[len(lines)-1].Ours = differs
		default:
			lines = append(lines, answered(strings.ReplaceAll(text, "␤", "\n"), context))
		}
	}
	if err := scanner.Err(); err != nil {
		return err
	}

	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]json.RawMessage{"context": json.RawMessage(context)}); err != nil {
		return err
	}
	for _, one := range lines {
		if err := out.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

func answered(source string, context []byte) *line {
	two := render(source, context, sprig2.TxtFuncMap())
	three := render(source, context, sprig3.TxtFuncMap())
	result := &line{Template: source, Output: two.Output, Error: two.Error, Functions: functions(source)}
	same := (two.Output == nil) == (three.Output == nil) &&
		(two.Output == nil || *two.Output == *three.Output)
	if !same {
		result.V3 = &three
	}
	return result
}

// render decodes the context anew each time, because a template may change it.
func render(source string, context []byte, functions template.FuncMap) answer {
	var data any
	if err := json.Unmarshal(context, &data); err != nil {
		return answer{Error: err.Error()}
	}
	parsed, err := template.New("t").Delims("{%", "%}").Funcs(functions).Parse(source)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		return answer{Error: err.Error()}
	}
	text := out.String()
	return answer{Output: &text}
}

// functions names what the template calls, also where sprig does not know it.
func functions(source string) []string {
	tree := parse.New("t")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(source, "{%", "%}", trees); err != nil {
		return []string{}
	}
	found := map[string]bool{}
	for _, tree := range trees {
		collect(tree.Root, found)
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func collect(node parse.Node, found map[string]bool) {
	switch node := node.(type) {
	case *parse.ListNode:
		if node == nil {
			return
		}
		for _, inner := range node.Nodes {
			collect(inner, found)
		}
	case *parse.ActionNode:
		collect(node.Pipe, found)
	case *parse.IfNode:
		branch(&node.BranchNode, found)
	case *parse.RangeNode:
		branch(&node.BranchNode, found)
	case *parse.WithNode:
		branch(&node.BranchNode, found)
	case *parse.TemplateNode:
		collect(node.Pipe, found)
	case *parse.PipeNode:
		if node == nil {
			return
		}
		for _, command := range node.Cmds {
			for _, argument := range command.Args {
				collect(argument, found)
			}
		}
	case *parse.ChainNode:
		collect(node.Node, found)
	case *parse.IdentifierNode:
		found[node.Ident] = true
	}
}

func branch(node *parse.BranchNode, found map[string]bool) {
	collect(node.Pipe, found)
	collect(node.List, found)
	collect(node.ElseList, found)
}
