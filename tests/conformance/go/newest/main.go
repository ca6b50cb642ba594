// The newest modules: azbatch, azblob and azidentity, everything by a client secret.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"conformance/steps"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/batch/azbatch"
)

const sdk = "github.com/Azure/azure-sdk-for-go/sdk/"

func main() {
	steps.TellVersions(sdk+"batch/azbatch", sdk+"storage/azblob", sdk+"azidentity")
	credential, err := azidentity.NewClientSecretCredential(
		os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), os.Getenv("AZURE_CLIENT_SECRET"), nil)
	steps.Must(err)
	client, err := azbatch.NewClient(steps.Endpoint(), credential, &azbatch.ClientOptions{}) // nil would crash this version
	steps.Must(err)
	ctx := context.Background()

	blobs := openBlobs(ctx, credential)
	blobs.upload()
	makePool(ctx, client)
	runTasks(ctx, client, blobs.signedURL())
	blobs.checkOutputs()
	checkPages(ctx, client)
	checkFiles(ctx, client)
	deleteAll(ctx, client)
	blobs.delete()
	fmt.Println("done")
}

// refused says whether the service answered with this status and code.
func refused(err error, status int, code string) bool {
	var answer *azcore.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == status && answer.ErrorCode == code
}

func makePool(ctx context.Context, client *azbatch.Client) {
	pool := azbatch.CreatePoolContent{
		ID: to.Ptr(steps.Pool), VMSize: to.Ptr("standard_d4s_v3"), TargetDedicatedNodes: to.Ptr[int32](steps.Nodes),
		TaskSlotsPerNode: to.Ptr[int32](steps.Slots),
		VirtualMachineConfiguration: &azbatch.VirtualMachineConfiguration{
			ImageReference: &azbatch.ImageReference{Publisher: to.Ptr("canonical"), Offer: to.Ptr("0001-com-ubuntu-server-jammy"), SKU: to.Ptr("22_04-lts")},
			NodeAgentSKUID: to.Ptr("batch.node.ubuntu 22.04"),
		},
	}
	_, err := client.CreatePool(ctx, pool, nil)
	steps.Must(err)
	_, err = client.CreatePool(ctx, pool, nil)
	steps.Check(refused(err, 409, "PoolExists"), "a second pool of the same name: %v", err)
	steps.WaitFor("idle nodes", func() bool {
		idle := 0
		for pager := client.NewListNodesPager(steps.Pool, nil); pager.More(); {
			page, err := pager.NextPage(ctx)
			steps.Must(err)
			for _, node := range page.Value {
				if *node.State == azbatch.NodeStateIdle {
					idle++
				}
			}
		}
		return idle == steps.Nodes
	})
	steps.Ok("pool of %d nodes", steps.Nodes)
}

// runTasks adds the tasks in two requests, as a request takes 100; the first three upload their result.
func runTasks(ctx context.Context, client *azbatch.Client, container string) {
	_, err := client.CreateJob(ctx, azbatch.CreateJobContent{ID: to.Ptr(steps.Job), PoolInfo: &azbatch.PoolInfo{PoolID: to.Ptr(steps.Pool)}}, nil)
	steps.Must(err)
	var group []azbatch.CreateTaskContent
	for i := 0; i < steps.Tasks; i++ {
		task := azbatch.CreateTaskContent{ID: to.Ptr(fmt.Sprintf("task%d", i)), CommandLine: to.Ptr(steps.Command(i))}
		if i < outputs {
			task.OutputFiles = []azbatch.OutputFile{{
				FilePattern:   to.Ptr("result.txt"),
				Destination:   &azbatch.OutputFileDestination{Container: &azbatch.OutputFileBlobContainerDestination{ContainerURL: &container, Path: to.Ptr(outputName(i))}},
				UploadOptions: &azbatch.OutputFileUploadConfig{UploadCondition: to.Ptr(azbatch.OutputFileUploadConditionTaskSuccess)},
			}}
		}
		group = append(group, task)
	}
	for _, part := range [][]azbatch.CreateTaskContent{group[:100], group[100:]} {
		added, err := client.CreateTaskCollection(ctx, steps.Job, azbatch.TaskGroup{Value: part}, nil)
		steps.Must(err)
		for _, each := range added.Value {
			steps.Check(strings.EqualFold(string(*each.Status), string(azbatch.TaskAddStatusSuccess)), "%s was not added", *each.TaskID)
		}
	}
	steps.WaitFor("completion of all tasks", func() bool {
		counts, err := client.GetJobTaskCounts(ctx, steps.Job, nil)
		steps.Must(err)
		return *counts.TaskCounts.Completed == steps.Tasks
	})
	steps.Ok("job of %d tasks", steps.Tasks)
}

func checkPages(ctx context.Context, client *azbatch.Client) {
	pages, seen := 0, map[string]bool{}
	for pager := client.NewListTasksPager(steps.Job, &azbatch.ListTasksOptions{MaxResults: to.Ptr[int32](steps.Page)}); pager.More(); pages++ {
		page, err := pager.NextPage(ctx)
		steps.Must(err)
		for _, task := range page.Value {
			seen[*task.ID] = true
			steps.Check(strings.EqualFold(string(*task.ExecutionInfo.Result), string(azbatch.TaskExecutionResultSuccess)), "%s failed", *task.ID)
		}
	}
	steps.Check(pages == steps.Pages && len(seen) == steps.Tasks, "%d pages, %d tasks", pages, len(seen))
	steps.Ok("%d pages of tasks", pages)
}

func checkFiles(ctx context.Context, client *azbatch.Client) {
	file, err := client.GetTaskFile(ctx, steps.Job, "task149", "stdout.txt", nil)
	steps.Must(err)
	text, err := io.ReadAll(file.Body)
	steps.Must(err)
	steps.Must(file.Body.Close())
	steps.Check(string(text) == steps.Text(149), "stdout.txt holds %q", text)
	names := map[string]bool{}
	for pager := client.NewListTaskFilesPager(steps.Job, "task7", &azbatch.ListTaskFilesOptions{Recursive: to.Ptr(true)}); pager.More(); {
		page, err := pager.NextPage(ctx)
		steps.Must(err)
		for _, each := range page.Value {
			names[*each.Name] = true
		}
	}
	steps.Check(names["stdout.txt"] && names["wd/result.txt"], "task files: %v", names)
	_, err = client.DeleteTaskFile(ctx, steps.Job, "task7", "wd/result.txt", nil)
	steps.Must(err)
	_, err = client.GetTaskFile(ctx, steps.Job, "task7", "wd/result.txt", nil)
	steps.Check(refused(err, 404, "FileNotFound"), "the deleted file: %v", err)
	steps.Ok("task files listed, read, deleted")
}

func deleteAll(ctx context.Context, client *azbatch.Client) {
	_, err := client.DeleteTask(ctx, steps.Job, "task0", nil)
	steps.Must(err)
	_, err = client.DeleteJob(ctx, steps.Job, nil)
	steps.Must(err)
	_, err = client.DeletePool(ctx, steps.Pool, nil)
	steps.Must(err)
	steps.WaitFor("deletion of the job", func() bool {
		_, err := client.GetJob(ctx, steps.Job, nil)
		return refused(err, 404, "JobNotFound")
	})
	steps.WaitFor("deletion of the pool", func() bool {
		_, err := client.GetPool(ctx, steps.Pool, nil)
		return refused(err, 404, "PoolNotFound")
	})
	steps.Ok("task, job and pool deleted")
}
