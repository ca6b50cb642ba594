// com.microsoft.azure:azure-batch:  Track1 shared-key|entra
import com.microsoft.azure.batch.auth.BatchApplicationTokenCredentials;
import com.microsoft.azure.batch.auth.BatchCredentials;
import com.microsoft.azure.batch.auth.BatchSharedKeyCredentials;

public class Track1 {
  public static void main(String[] arguments) throws Exception {
    BatchSteps.tellVersions("azure-batch");
    BatchSteps steps = new BatchSteps(credentials(arguments[0]));
    steps.makePool();
    steps.runTasks(number -> null);
    steps.checkPages();
    steps.checkFiles();
    steps.deleteAll();
    System.out.println("done");
    System.exit(0);
  }

  private static BatchCredentials credentials(String auth) {
    if (auth.equals("entra")) {
      return new BatchApplicationTokenCredentials(BatchSteps.endpoint(), System.getenv("AZURE_CLIENT_ID"), System.getenv("AZURE_CLIENT_SECRET"),
          System.getenv("AZURE_TENANT_ID"), "https://batch.core.windows.net/", "https://login.microsoftonline.com/");
    }
    return new BatchSharedKeyCredentials(BatchSteps.endpoint(), System.getenv("AZURE_BATCH_ACCOUNT"), System.getenv("AZURE_BATCH_ACCESS_KEY"));
  }
}
