// Judges objects as GitOps tools do: by the library with which Flux waits, and by the scripts that Argo CD runs, in its
// own Lua engine with the libraries that it opens.
//
//	gitops kstatus < objects.json            STATUS MESSAGE of each object
//	gitops health SCRIPT < objects.json      STATUS MESSAGE of each object, by a health check of Argo CD
//	gitops action SCRIPT < object.json       the object after an action of Argo CD
//
// The input is JSON, one object after the other.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gitops:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("kstatus, health SCRIPT or action SCRIPT")
	}
	judge, err := judgeOf(args)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(os.Stdin)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		line, err := judge(object)
		if err != nil {
			return err
		}
		fmt.Println(line)
	}
}

func judgeOf(args []string) (func(map[string]any) (string, error), error) {
	if args[0] == "kstatus" {
		return kstatus, nil
	}
	if len(args) != 2 {
		return nil, errors.New("a script is missing")
	}
	script, err := os.ReadFile(args[1])
	if err != nil {
		return nil, err
	}
	switch args[0] {
	case "health":
		return func(object map[string]any) (string, error) {
			table, err := evaluate(string(script), object)
			if err != nil {
				return "", err
			}
			return table.RawGetString("status").String() + " " + table.RawGetString("message").String(), nil
		}, nil
	case "action":
		return func(object map[string]any) (string, error) {
			table, err := evaluate(string(script), object)
			if err != nil {
				return "", err
			}
			text, err := luajson.Encode(table)
			return string(text), err
		}, nil
	}
	return nil, errors.New("no such command: " + args[0])
}

func kstatus(object map[string]any) (string, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	// Whole numbers are read as that, as by every client of Kubernetes.
	var parsed unstructured.Unstructured
	if err := parsed.UnmarshalJSON(text); err != nil {
		return "", err
	}
	result, err := status.Compute(&parsed)
	if err != nil {
		return "", err
	}
	return string(result.Status) + " " + result.Message, nil
}

// Argo CD gives a script no files and no modules.
func evaluate(script string, object map[string]any) (*lua.LTable, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.StringLibName, lua.OpenString}} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	// Of os only what tells the time, as there.
	if err := state.CallByParam(lua.P{Fn: state.NewFunction(lua.OpenOs), NRet: 0, Protect: true}, lua.LString(lua.OsLibName)); err != nil {
		return nil, err
	}
	all, safe := state.GetGlobal(lua.OsLibName).(*lua.LTable), state.NewTable()
	for _, name := range []string{"date", "time"} {
		safe.RawSetString(name, all.RawGetString(name))
	}
	state.SetGlobal(lua.OsLibName, safe)
	state.SetGlobal("obj", luajson.DecodeValue(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, errors.New("the script returns no table")
	}
	return table, nil
}
