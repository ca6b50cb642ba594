"""The management clients for Python, unchanged: azure-mgmt-batch, -storage, -resource and azure-identity, by the real names.

The script runs itself as the command of `batch-emulator run`.
"""
import io
import os
import sys
import time
import unittest
import urllib.request
import zipfile

from azure.core.exceptions import ClientAuthenticationError, ResourceExistsError, ResourceNotFoundError
from azure.core.credentials import AccessToken
from azure.identity import ClientSecretCredential
from azure.mgmt.batch import BatchManagementClient, models
from azure.mgmt.resource import ResourceManagementClient, SubscriptionClient
from azure.mgmt.storage import StorageManagementClient

import emulator  # tests/system

TENANT = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
PATIENCE = 60.0


class OneToken:
    """A credential with a token that is wrong."""

    def get_token(self, *scopes, **options):
        return AccessToken("not.a.token", int(time.time()) + 3600)


def pool(**members):
    image = models.ImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts", version="latest")
    machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04")
    return models.Pool(vm_size="STANDARD_D2S_V3", deployment_configuration=models.DeploymentConfiguration(virtual_machine_configuration=machine),
                       scale_settings=models.ScaleSettings(fixed_scale=models.FixedScaleSettings(target_dedicated_nodes=1)), **members)


class ManagementClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.credential = ClientSecretCredential(TENANT, "22222222-2222-2222-2222-222222222222", "word")
        cls.batch = BatchManagementClient(cls.credential, SUBSCRIPTION)
        cls.storage = StorageManagementClient(cls.credential, SUBSCRIPTION)
        cls.resources = ResourceManagementClient(cls.credential, SUBSCRIPTION)
        cls.resources.resource_groups.create_or_update("clients", {"location": "eastus"})
        made = cls.storage.storage_accounts.begin_create("clients", "clientstore", {
            "location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}).result()
        cls.account = cls.batch.batch_account.begin_create("clients", "clientbatch", models.BatchAccountCreateParameters(
            location="eastus", auto_storage=models.AutoStorageBaseProperties(storage_account_id=made.id))).result()

    def test_subscriptions_and_groups(self):
        subscriptions = SubscriptionClient(self.credential)
        self.assertEqual([one.subscription_id for one in subscriptions.subscriptions.list()], [SUBSCRIPTION])
        self.assertIn("eastus", [one.name for one in subscriptions.subscriptions.list_locations(SUBSCRIPTION)])
        self.assertTrue(self.resources.resource_groups.check_existence("clients"))
        self.assertFalse(self.resources.resource_groups.check_existence("nothing"))
        self.assertEqual(self.resources.providers.register("Microsoft.Batch").registration_state, "Registered")
        listed = self.resources.resources.list(filter="resourceType eq 'Microsoft.Batch/batchAccounts'")
        self.assertIn("clientbatch", [one.name for one in listed])

    def test_accounts_come_and_go(self):
        free = {"name": "comesandgoes", "type": "Microsoft.Batch/batchAccounts"}
        self.assertTrue(self.batch.location.check_name_availability("westus", models.CheckNameAvailabilityParameters(**free)).name_available)
        made = self.batch.batch_account.begin_create("clients", "comesandgoes", models.BatchAccountCreateParameters(location="westus")).result()
        self.assertEqual(made.account_endpoint, "comesandgoes.westus.batch.azure.com")
        self.assertEqual(made.provisioning_state, "Succeeded")
        self.batch.batch_account.begin_delete("clients", "comesandgoes").result()
        self.assertNotIn("comesandgoes", [one.name for one in self.batch.batch_account.list_by_resource_group("clients")])

    def test_keys_are_those_of_the_account(self):
        keys = self.batch.batch_account.get_keys("clients", "clientbatch")
        changed = self.batch.batch_account.regenerate_key("clients", "clientbatch", models.BatchAccountRegenerateKeyParameters(key_name="Secondary"))
        self.assertEqual(changed.primary, keys.primary)
        self.assertNotEqual(changed.secondary, keys.secondary)

    def test_a_package_is_uploaded_to_the_auto_storage(self):
        self.batch.application.create("clients", "clientbatch", "app", models.Application(display_name="An application"))
        package = self.batch.application_package.create("clients", "clientbatch", "app", "1.0", models.ApplicationPackage())
        self.assertTrue(package.storage_url.startswith("https://clientstore.blob.core.windows.net/"), package.storage_url)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("hello.txt", "hello")
        upload = urllib.request.Request(package.storage_url, data=content.getvalue(), method="PUT", headers={"x-ms-blob-type": "BlockBlob"})
        with urllib.request.urlopen(upload, timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 201)
        active = self.batch.application_package.activate("clients", "clientbatch", "app", "1.0", models.ActivateApplicationPackageParameters(format="zip"))
        self.assertEqual(active.state, "Active")

    def test_a_pool_of_a_workflow_client(self):
        start = models.StartTask(command_line="/bin/true", wait_for_success=True, user_identity=models.UserIdentity(
            auto_user=models.AutoUserSpecification(scope="Pool", elevation_level="NonAdmin")))
        identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me"
        wanted = pool(task_slots_per_node=2, start_task=start, identity=models.BatchPoolIdentity(
            type="UserAssigned", user_assigned_identities={identity: models.UserAssignedIdentities()}))
        made = self.batch.pool.create("clients", "clientbatch", "workflow", wanted)
        self.assertEqual((made.name, made.provisioning_state, made.task_slots_per_node), ("workflow", "Succeeded", 2))
        self.assertTrue(made.identity.user_assigned_identities[identity].client_id)

        def read():
            return self.batch.pool.get("clients", "clientbatch", "workflow")
        emulator.wait_until(lambda: read().current_dedicated_nodes == 1 and read().allocation_state == "Steady", PATIENCE, "the pool having its node")
        tagged = self.batch.pool.update("clients", "clientbatch", "workflow", models.Pool(metadata=[models.MetadataItem(name="a", value="b")], task_slots_per_node=2))
        self.assertEqual(tagged.metadata[0].value, "b")
        with self.assertRaises(ResourceExistsError):
            self.batch.pool.create("clients", "clientbatch", "workflow", pool(task_slots_per_node=1))
        self.batch.pool.begin_delete("clients", "clientbatch", "workflow").result()
        with self.assertRaises(ResourceNotFoundError):
            read()

    def test_storage_accounts(self):
        self.assertEqual(self.storage.storage_accounts.get_properties("clients", "clientstore").primary_endpoints.blob,
                         "https://clientstore.blob.core.windows.net/")
        self.assertIn("clientstore", [one.name for one in self.storage.storage_accounts.list()])

    def test_a_wrong_token_is_refused(self):
        client = BatchManagementClient(OneToken(), SUBSCRIPTION)
        with self.assertRaises(ClientAuthenticationError) as refused:
            client.batch_account.get("clients", "clientbatch")
        self.assertEqual(refused.exception.error.code, "InvalidAuthenticationToken")


if __name__ == "__main__":
    if "BATCH_EMULATOR_SESSION" not in os.environ:
        program = str(emulator.programs() / "batch-emulator")
        os.execv(program, [program, "run", "--", sys.executable, *sys.argv])
    unittest.main()
