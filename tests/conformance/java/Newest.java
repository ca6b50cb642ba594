// com.azure:azure-storage-blob and com.azure:azure-identity, with Batch by the same service principal.
import com.azure.core.util.BinaryData;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.storage.blob.*;
import com.azure.storage.blob.models.*;
import com.azure.storage.blob.sas.*;
import com.azure.storage.common.sas.SasProtocol;
import com.microsoft.azure.batch.auth.BatchApplicationTokenCredentials;
import com.microsoft.azure.batch.protocol.models.*;

import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;

public class Newest {
  private static final int BLOBS = 25;
  private static final int OUTPUTS = 3;
  private static final String CONTAINER = "java";
  private static final String TENANT = System.getenv("AZURE_TENANT_ID");
  private static final String CLIENT = System.getenv("AZURE_CLIENT_ID");
  private static final String SECRET = System.getenv("AZURE_CLIENT_SECRET");

  private static final BlobServiceClient service = new BlobServiceClientBuilder()
      .endpoint("https://" + System.getenv("AZURE_STORAGE_ACCOUNT") + ".blob.core.windows.net")
      .credential(new ClientSecretCredentialBuilder().tenantId(TENANT).clientId(CLIENT).clientSecret(SECRET).build())
      .buildClient();
  private static final BlobContainerClient container = service.getBlobContainerClient(CONTAINER);

  public static void main(String[] arguments) throws Exception {
    BatchSteps.tellVersions("azure-storage-blob", "azure-identity", "azure-batch");
    upload();
    list();
    BatchSteps steps = new BatchSteps(new BatchApplicationTokenCredentials(
        BatchSteps.endpoint(), CLIENT, SECRET, TENANT, "https://batch.core.windows.net/", "https://login.microsoftonline.com/"));
    steps.makePool();
    String url = signedUrl();
    steps.runTasks(number -> number < OUTPUTS ? List.of(output(url, number)) : null);
    for (int i = 0; i < OUTPUTS; i++) {
      String content = container.getBlobClient("output/" + i + ".txt").downloadContent().toString();
      BatchSteps.check(content.equals(BatchSteps.text(i)), "output of task " + i + ": " + content);
    }
    BatchSteps.ok("task outputs by user delegation SAS");
    steps.checkPages();
    steps.checkFiles();
    steps.deleteAll();
    container.delete();
    BatchSteps.check(!container.exists(), "the container is still there");
    BatchSteps.ok("container deleted");
    System.out.println("done");
    System.exit(0);
  }

  private static void upload() {
    container.create();
    try {
      container.create();
      throw new AssertionError("a second container of the same name");
    } catch (BlobStorageException refused) {
      BatchSteps.check(refused.getStatusCode() == 409 && refused.getErrorCode() == BlobErrorCode.CONTAINER_ALREADY_EXISTS, refused.toString());
    }
    for (int i = 0; i < BLOBS; i++) container.getBlobClient("input/blob " + i + ".txt").upload(BinaryData.fromString(BatchSteps.text(i)));
    byte[] large = new byte[9 << 20];
    Arrays.fill(large, (byte) 'x');
    ParallelTransferOptions blocks = new ParallelTransferOptions().setBlockSizeLong(4L << 20).setMaxSingleUploadSizeLong(1L << 20);
    container.getBlobClient("large").uploadWithResponse(new com.azure.storage.blob.options.BlobParallelUploadOptions(BinaryData.fromBytes(large))
        .setParallelTransferOptions(blocks), null, null);
    BatchSteps.check(Arrays.equals(container.getBlobClient("large").downloadContent().toBytes(), large), "the large blob came back as something else");
    BatchSteps.ok("container, " + BLOBS + " blobs and one in blocks");
  }

  private static void list() {
    int pages = 0;
    int count = 0;
    for (var page : container.listBlobs(new ListBlobsOptions().setPrefix("input/").setMaxResultsPerPage(10), null).iterableByPage()) {
      pages++;
      count += page.getValue().size();
    }
    BatchSteps.check(pages == 3 && count == BLOBS, pages + " pages, " + count + " blobs");
    BatchSteps.check(container.getBlobClient("input/blob 7.txt").downloadContent().toString().equals(BatchSteps.text(7)), "blob 7");
    BatchSteps.ok(pages + " pages of blobs, downloads");
  }

  private static String signedUrl() {
    UserDelegationKey key = service.getUserDelegationKey(OffsetDateTime.now().minusMinutes(1), OffsetDateTime.now().plusHours(2));
    BlobContainerSasPermission permission = new BlobContainerSasPermission().setReadPermission(true).setCreatePermission(true).setWritePermission(true);
    BlobServiceSasSignatureValues values = new BlobServiceSasSignatureValues(OffsetDateTime.now().plusHours(1), permission).setProtocol(SasProtocol.HTTPS_ONLY);
    return container.getBlobContainerUrl() + "?" + container.generateUserDelegationSas(values, key);
  }

  private static OutputFile output(String url, int number) {
    return new OutputFile().withFilePattern("result.txt")
        .withDestination(new OutputFileDestination().withContainer(
            new OutputFileBlobContainerDestination().withContainerUrl(url).withPath("output/" + number + ".txt")))
        .withUploadOptions(new OutputFileUploadOptions().withUploadCondition(OutputFileUploadCondition.TASK_SUCCESS));
  }
}
