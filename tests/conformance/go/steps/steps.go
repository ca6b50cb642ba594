// Package steps holds what the programs share: where they run, and how they tell what held.
package steps

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

const (
	Pool   = "go-pool"
	Job    = "go-job"
	Nodes  = 2
	Slots  = 4
	Tasks  = 150
	Page   = 40
	Pages  = (Tasks + Page - 1) / Page
	Within = 2 * time.Minute
)

// Ok tells that a step held.
func Ok(format string, arguments ...any) { fmt.Printf("ok: "+format+"\n", arguments...) }

// Must ends the program with the first error.
func Must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Check ends the program when something is not as it must be.
func Check(holds bool, format string, arguments ...any) {
	if !holds {
		Must(fmt.Errorf(format, arguments...))
	}
}

// WaitFor looks until it is so.
func WaitFor(what string, look func() bool) {
	for deadline := time.Now().Add(Within); !look(); time.Sleep(100 * time.Millisecond) {
		Check(time.Now().Before(deadline), "%s did not happen in time", what)
	}
}

// TellVersions prints the modules that were really built in.
func TellVersions(modules ...string) {
	info, _ := debug.ReadBuildInfo()
	var told []string
	for _, module := range modules {
		for _, built := range info.Deps {
			if built.Path == module {
				told = append(told, strings.TrimPrefix(module, "github.com/Azure/")+" "+built.Version)
			}
		}
	}
	fmt.Println("client: " + strings.Join(told, ", "))
}

// Endpoint is the Batch endpoint, a real name.
func Endpoint() string {
	endpoint := os.Getenv("AZURE_BATCH_ENDPOINT")
	real := regexp.MustCompile(`^https://` + os.Getenv("AZURE_BATCH_ACCOUNT") + `\.[a-z0-9]+\.batch\.azure\.com/?$`)
	Check(real.MatchString(endpoint), "%s is no real name", endpoint)
	return endpoint
}

// Command of a task, Text its output.
func Command(number int) string {
	return fmt.Sprintf("/bin/sh -c 'echo number %d | tee result.txt'", number)
}
func Text(number int) string { return fmt.Sprintf("number %d\n", number) }
