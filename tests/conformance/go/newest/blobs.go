package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"conformance/steps"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

const (
	containerName = "go-client"
	blobCount     = 25
	outputs       = 3
)

func outputName(number int) string { return fmt.Sprintf("output/%d.txt", number) }

type blobs struct {
	ctx     context.Context
	account string
	client  *azblob.Client
}

func openBlobs(ctx context.Context, credential azcore.TokenCredential) *blobs {
	account := os.Getenv("AZURE_STORAGE_ACCOUNT")
	client, err := azblob.NewClient("https://"+account+".blob.core.windows.net", credential, nil)
	steps.Must(err)
	return &blobs{ctx, account, client}
}

func (b *blobs) upload() {
	_, err := b.client.CreateContainer(b.ctx, containerName, nil)
	steps.Must(err)
	_, err = b.client.CreateContainer(b.ctx, containerName, nil)
	steps.Check(refused(err, 409, "ContainerAlreadyExists"), "a second container of the same name: %v", err)
	for i := 0; i < blobCount; i++ {
		_, err = b.client.UploadBuffer(b.ctx, containerName, fmt.Sprintf("input/blob %d.txt", i), []byte(steps.Text(i)), nil)
		steps.Must(err)
	}
	large := bytes.Repeat([]byte("0123456789"), 900_000)
	_, err = b.client.UploadStream(b.ctx, containerName, "large", bytes.NewReader(large), &azblob.UploadStreamOptions{BlockSize: 4 << 20, Concurrency: 2})
	steps.Must(err)
	steps.Check(bytes.Equal(b.read("large"), large), "the large blob came back as something else")
	pages, count := 0, 0
	pager := b.client.NewListBlobsFlatPager(containerName, &azblob.ListBlobsFlatOptions{Prefix: to.Ptr("input/"), MaxResults: to.Ptr[int32](10)})
	for ; pager.More(); pages++ {
		page, err := pager.NextPage(b.ctx)
		steps.Must(err)
		count += len(page.Segment.BlobItems)
	}
	steps.Check(pages == 3 && count == blobCount, "%d pages, %d blobs", pages, count)
	steps.Ok("container, %d blobs, one in blocks, %d pages, download", blobCount, pages)
}

func (b *blobs) read(name string) []byte {
	answer, err := b.client.DownloadStream(b.ctx, containerName, name, nil)
	steps.Must(err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	steps.Must(err)
	return content
}

// signedURL is the container's address with a user delegation SAS.
func (b *blobs) signedURL() string {
	const form = "2006-01-02T15:04:05Z"
	start, expiry := time.Now().UTC().Add(-time.Minute), time.Now().UTC().Add(2*time.Hour)
	key, err := b.client.ServiceClient().GetUserDelegationCredential(
		b.ctx, service.KeyInfo{Start: to.Ptr(start.Format(form)), Expiry: to.Ptr(expiry.Format(form))}, nil)
	steps.Must(err)
	permissions := sas.ContainerPermissions{Read: true, Create: true, Write: true}
	query, err := sas.BlobSignatureValues{
		Protocol: sas.ProtocolHTTPS, StartTime: start, ExpiryTime: expiry, Permissions: permissions.String(), ContainerName: containerName,
	}.SignWithUserDelegation(key)
	steps.Must(err)
	signed := b.client.ServiceClient().NewContainerClient(containerName).URL() + "?" + query.Encode()
	reader, err := container.NewClientWithNoCredential(signed, nil)
	steps.Must(err)
	answer, err := reader.NewBlobClient("input/blob 7.txt").DownloadStream(b.ctx, nil)
	steps.Must(err)
	steps.Must(answer.Body.Close())
	return signed
}

func (b *blobs) checkOutputs() {
	for i := 0; i < outputs; i++ {
		content := string(b.read(outputName(i)))
		steps.Check(content == steps.Text(i), "%s holds %q", outputName(i), content)
	}
	steps.Ok("task outputs by user delegation SAS")
}

func (b *blobs) delete() {
	_, err := b.client.DeleteContainer(b.ctx, containerName, nil)
	steps.Must(err)
	steps.Ok("container deleted")
}
