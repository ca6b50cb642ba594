#!/usr/bin/env python3
"""Writes wire/batch/schema_table.inc from the published interface descriptions of the Batch service.

Run by hand when a description is added:

    scripts/generate_schema.py DIRECTORY > wire/batch/schema_table.inc

DIRECTORY holds <api-version>/BatchService.json for the versions in DOCUMENTS. Types are merged over all of them: a
member carries the first and the last version that has it. What the documents cannot say stands below as data: the
versions before, between and after them (docs: table of versions), ranges, secrets, and the casing the service answers
in.
"""
import json
import pathlib
import sys

VERSIONS = ['2.2', '3.0', '3.1', '4.0', '5.0', '5.1', '6.0', '6.1', '7.0',
            '8.0', '9.0', '10.0', '11.0', '12.0', '14.0', '15.0', '16.0', '17.0', '18.0', '19.0', '20.0', '2025-06-01']
DOCUMENTS = {
    '8.0': '2018-12-01.8.0',
    '10.0': '2019-08-01.10.0',
    '12.0': '2020-09-01.12.0',
    '15.0': '2022-01-01.15.0',
    '17.0': '2023-05-01.17.0',
    '19.0': '2024-02-01.19.0',
}
NEWEST = VERSIONS[-1]

# Request bodies and entities, in the order of RequestType and EntityType in schema.h.
REQUESTS = [
    'PoolAddParameter', 'PoolPatchParameter', 'PoolUpdatePropertiesParameter', 'PoolResizeParameter',
    'NodeRemoveParameter', 'PoolEnableAutoScaleParameter', 'PoolEvaluateAutoScaleParameter', 'JobAddParameter',
    'JobPatchParameter', 'JobUpdateParameter', 'JobDisableParameter', 'JobTerminateParameter',
    'JobScheduleAddParameter', 'JobSchedulePatchParameter', 'JobScheduleUpdateParameter', 'TaskAddParameter',
    'TaskAddCollectionParameter', 'TaskUpdateParameter', 'NodeRebootParameter', 'NodeReimageParameter',
    'NodeDeallocateParameter', 'NodeDisableSchedulingParameter', 'ComputeNodeUser', 'NodeUpdateUserParameter',
    'UploadBatchServiceLogsConfiguration', 'CertificateAddParameter', 'PoolUpgradeOSParameter',
]
ENTITIES = [
    'CloudPool', 'ComputeNode', 'CloudJob', 'CloudJobSchedule', 'CloudTask', 'SubtaskInformation', 'NodeFile',
    'ImageInformation', 'PoolNodeCounts', 'JobPreparationAndReleaseTaskExecutionInformation', 'TaskAddResult',
    'AutoScaleRun', 'ApplicationSummary', 'PoolUsageMetrics', 'Certificate', 'NodeVMExtension',
    'ComputeNodeGetRemoteLoginSettingsResult', 'UploadBatchServiceLogsResult', 'NodeAgentSku',
]

# Members of the oldest document that versions before it did not have yet: the first version with them.
SINCE = {
    ('PoolAddParameter', 'cloudServiceConfiguration'): '3.0',
    ('PoolSpecification', 'cloudServiceConfiguration'): '3.0',
    ('CloudPool', 'cloudServiceConfiguration'): '3.0',
    ('*', 'virtualMachineConfiguration'): '3.0',
    ('*', 'runningTasksCount'): '3.0',
    ('*', 'totalTasksSucceeded'): '3.0',
    ('*', 'sshPublicKey'): '3.0',
    ('*', 'fileMode'): '3.0',
    ('*', 'onAllTasksComplete'): '3.1',
    ('*', 'onTaskFailure'): '3.1',
    ('PoolAddParameter', 'networkConfiguration'): '3.1',
    ('PoolSpecification', 'networkConfiguration'): '3.1',
    ('CloudPool', 'networkConfiguration'): '3.1',
    ('TaskAddParameter', 'applicationPackageReferences'): '3.1',
    ('CloudTask', 'applicationPackageReferences'): '3.1',
    ('JobManagerTask', 'applicationPackageReferences'): '3.1',
    ('*', 'exitConditions'): '3.1',
    ('*', 'userIdentity'): '4.0',
    ('*', 'authenticationTokenSettings'): '4.0',
    ('*', 'userAccounts'): '4.0',
    ('*', 'dependencyAction'): '4.0',
    ('*', 'targetDedicatedNodes'): '5.0',
    ('*', 'targetLowPriorityNodes'): '5.0',
    ('*', 'currentDedicatedNodes'): '5.0',
    ('*', 'currentLowPriorityNodes'): '5.0',
    ('*', 'resizeErrors'): '5.0',
    ('*', 'applicationLicenses'): '5.0',
    ('*', 'outputFiles'): '5.0',
    ('*', 'allowLowPriorityNode'): '5.0',
    ('*', 'failureInfo'): '5.0',
    ('StartTaskInformation', 'result'): '5.0',
    ('TaskExecutionInformation', 'result'): '5.0',
    ('JobPreparationTaskExecutionInformation', 'result'): '5.0',
    ('JobReleaseTaskExecutionInformation', 'result'): '5.0',
    ('SubtaskInformation', 'result'): '5.0',
    ('*', 'preProcessingError'): '5.0',
    ('*', 'fileUploadError'): '5.0',
    ('*', 'isDedicated'): '5.0',
    ('*', 'linuxUserConfiguration'): '5.0',
    ('*', 'endpointConfiguration'): '5.1',
    ('*', 'containerSettings'): '6.0',
    ('*', 'containerInfo'): '6.0',
    ('*', 'containerConfiguration'): '6.0',
    ('*', 'dataDisks'): '6.0',
    ('*', 'licenseType'): '6.0',
    ('*', 'virtualMachineImageId'): '6.0',
    ('*', 'nodeAgentInfo'): '7.0',
    ('*', 'osVersion'): '8.0',
    ('*', 'httpUrl'): '8.0',
    ('*', 'storageContainerUrl'): '8.0',
    ('*', 'autoStorageContainerName'): '8.0',
    ('*', 'blobPrefix'): '8.0',
    ('JobAddParameter', 'networkConfiguration'): '8.0',
    ('JobSpecification', 'networkConfiguration'): '8.0',
    ('CloudJob', 'networkConfiguration'): '8.0',
    ('*', 'dynamicVNetAssignmentScope'): '8.0',
    ('*', 'windowsUserConfiguration'): '8.0',
}

# Members that a document shows first although a version between two documents already had them: that version.
EARLIER = {
    ('NetworkSecurityGroupRule', 'sourcePortRanges'): '9.0',
    ('TaskContainerSettings', 'workingDirectory'): '9.0',
    ('*', 'publicIPAddressConfiguration'): '11.0',
    ('*', 'diskEncryptionConfiguration'): '11.0',
    ('JobAddParameter', 'maxParallelTasks'): '14.0',
    ('JobPatchParameter', 'maxParallelTasks'): '14.0',
    ('JobSpecification', 'maxParallelTasks'): '14.0',
    ('CloudJob', 'maxParallelTasks'): '14.0',
    ('*', 'identity'): '14.0',
    ('*', 'identityReference'): '14.0',
    ('*', 'virtualMachineInfo'): '14.0',
    ('*', 'exactVersion'): '14.0',
    ('*', 'extensions'): '14.0',
    ('*', 'nodePlacementConfiguration'): '14.0',
    ('*', 'osDisk'): '14.0',
    ('*', 'targetNodeCommunicationMode'): '16.0',
    ('*', 'currentNodeCommunicationMode'): '16.0',
    ('*', 'resourceTags'): '18.0',
    ('*', 'securityProfile'): '18.0',
    ('*', 'serviceArtifactReference'): '18.0',
    ('*', 'scaleSetVmResourceId'): '18.0',
    ('OSDisk', '*'): '18.0',
}
EARLIER_ENUM_VALUES = {'standardssd_lrs': '18.0'}

# Members that end: the last version that has them.
LAST = {
    'publicIPs': '10.0',
    'maxTasksPerNode': '11.0',
    'cloudServiceConfiguration': '19.0',
    'applicationLicenses': '19.0',
    'certificateReferences': '20.0',
    'resourceTags': '20.0',
    'targetNodeCommunicationMode': '20.0',
    'currentNodeCommunicationMode': '20.0',
}
# Members that only some versions require: the first and the last of them.
REQUIRED = {
    ('ContainerRegistry', 'username'): (VERSIONS[0], '12.0'),
    ('ContainerRegistry', 'password'): (VERSIONS[0], '12.0'),
    ('ComputeNodeUser', 'password'): (VERSIONS[0], '2.2'),
    ('ImageReference', 'publisher'): (VERSIONS[0], '5.1'),
    ('ImageReference', 'offer'): (VERSIONS[0], '5.1'),
    ('ImageReference', 'sku'): (VERSIONS[0], '5.1'),
    ('MultiInstanceSettings', 'numberOfInstances'): (VERSIONS[0], '5.1'),
    ('MultiInstanceSettings', 'coordinationCommandLine'): ('6.0', NEWEST),
    ('ResourceFile', 'filePath'): (VERSIONS[0], '7.0'),
    # From 4.0 to 5.1 an image may be given by osDisk.imageUris instead.
    ('VirtualMachineConfiguration', 'imageReference'): ('6.0', NEWEST),
}

# What the versions after the last document added: type -> member -> (since, schema as in a document).
STRING, BOOLEAN, INT32 = {'type': 'string'}, {'type': 'boolean'}, {'type': 'integer', 'format': 'int32'}
DOUBLE = {'type': 'number', 'format': 'double'}


def ref(name):
    return {'$ref': '#/definitions/' + name}


def array(items):
    return {'type': 'array', 'items': items}


def enum(name, *values):
    return {'type': 'string', 'enum': list(values), 'x-ms-enum': {'name': name}}


POOL_PATCH = ['displayName', 'vmSize', 'virtualMachineConfiguration', 'taskSlotsPerNode', 'taskSchedulingPolicy',
              'networkConfiguration', 'userAccounts', 'mountConfiguration', 'upgradePolicy',
              'enableInterNodeCommunication']
NEWER = {
    'JobPatchParameter': {'networkConfiguration': ('20.0', ref('JobNetworkConfiguration'))},
    'JobNetworkConfiguration': {'skipWithdrawFromVNet': ('20.0', BOOLEAN)},
    'TaskContainerSettings': {
        'containerHostBatchBindMounts': ('20.0', array(ref('ContainerHostBatchBindMountEntry')))},
    'ContainerHostBatchBindMountEntry': {
        'source': ('20.0', enum('ContainerHostDataPath', 'Shared', 'Startup', 'VfsMounts', 'Task', 'JobPrep',
                                'Applications')),
        'isReadOnly': ('20.0', BOOLEAN)},
    'ImageReference': {'sharedGalleryImageId': ('20.0', STRING), 'communityGalleryImageId': ('20.0', STRING)},
    'NodeCounts': {'deallocated': ('20.0', INT32), 'deallocating': ('20.0', INT32)},
    'NodeDeallocateParameter': {
        'nodeDeallocateOption': ('20.0', enum('ComputeNodeDeallocateOption', 'requeue', 'terminate', 'taskcompletion',
                                              'retaineddata'))},
    'ManagedDisk': {'securityProfile': ('20.0', ref('VMDiskSecurityProfile')),
                    'diskEncryptionSet': ('2025-06-01', ref('DiskEncryptionSetParameters'))},
    'VMDiskSecurityProfile': {
        'securityEncryptionType': ('20.0', enum('SecurityEncryptionTypes', 'DiskWithVMGuestState', 'NonPersistedTPM',
                                                'VMGuestStateOnly'))},
    'DiskEncryptionSetParameters': {'id': ('2025-06-01', STRING)},
    'DataDisk': {'managedDisk': ('2025-06-01', ref('ManagedDisk'))},
    'DiskEncryptionConfiguration': {'customerManagedKey': ('2025-06-01', ref('DiskCustomerManagedKey'))},
    'DiskCustomerManagedKey': {
        'identityReference': ('2025-06-01', ref('ComputeNodeIdentityReference')),
        'keyUrl': ('2025-06-01', STRING),
        'rotationToLatestKeyVersionEnabled': ('2025-06-01', BOOLEAN)},
    'SecurityProfile': {'proxyAgentSettings': ('2025-06-01', ref('ProxyAgentSettings'))},
    'ProxyAgentSettings': {'enabled': ('2025-06-01', BOOLEAN),
                           'imds': ('2025-06-01', ref('HostEndpointSettings')),
                           'wireServer': ('2025-06-01', ref('HostEndpointSettings'))},
    'HostEndpointSettings': {
        'inVMAccessControlProfileReferenceId': ('2025-06-01', STRING),
        'mode': ('2025-06-01', enum('HostEndpointSettingsModeTypes', 'Audit', 'Enforce'))},
    'PublicIPAddressConfiguration': {
        'ipFamilies': ('2025-06-01', array(enum('IPFamily', 'IPv4', 'IPv6'))),
        'ipTags': ('2025-06-01', array(ref('IPTag')))},
    'IPTag': {'ipTagType': ('2025-06-01', STRING), 'tag': ('2025-06-01', STRING)},
    'TaskSchedulingPolicy': {'jobDefaultOrder': ('2025-06-01', enum('JobDefaultOrder', 'none', 'creationtime'))},
    'ComputeNode': {'ipv6Address': ('2025-06-01', STRING)},
}

# What versions had that the oldest document no longer has: type -> member -> (since, until, schema, required). How it
# is kept under today's names: wire/batch/old_members.cpp.
OLD_POOL = {'osFamily': ('2.2', '2.2', STRING, True), 'targetOSVersion': ('2.2', '2.2', STRING, False),
            'targetDedicated': ('2.2', '4.0', INT32, False)}
OLD_EXECUTION_INFO = {'schedulingError': ('2.2', '4.0', ref('JobSchedulingError'), False)}
OLD_TASK = {'runElevated': ('2.2', '3.1', BOOLEAN, False)}
OLDER = {
    'PoolAddParameter': OLD_POOL,
    'PoolSpecification': OLD_POOL,
    'CloudPool': {
        'osFamily': ('2.2', '2.2', STRING, False), 'targetOSVersion': ('2.2', '2.2', STRING, False),
        'currentOSVersion': ('2.2', '2.2', STRING, False), 'targetDedicated': ('2.2', '4.0', INT32, False),
        'currentDedicated': ('2.2', '4.0', INT32, False), 'resizeError': ('2.2', '4.0', ref('ResizeError'), False)},
    'PoolResizeParameter': {'targetDedicated': ('2.2', '4.0', INT32, True)},
    'PoolUpgradeOSParameter': {'targetOSVersion': ('2.2', '7.0', STRING, True)},
    'CloudServiceConfiguration': {'targetOSVersion': ('3.0', '7.0', STRING, False),
                                  'currentOSVersion': ('3.0', '7.0', STRING, False)},
    'VirtualMachineConfiguration': {'osDisk': ('4.0', '7.0', ref('OldOSDisk'), False)},
    'OldOSDisk': {'imageUris': ('4.0', '5.1', array(STRING), False),
                  'caching': ('4.0', '7.0', enum('CachingType', 'none', 'readonly', 'readwrite'), False)},
    'UserAccount': {'sshPrivateKey': ('4.0', '4.0', STRING, False)},
    'ResourceFile': {'blobSource': ('2.2', '7.0', STRING, True)},
    'ExitConditions': {'schedulingError': ('3.1', '4.0', ref('ExitOptions'), False)},
    'StartTask': OLD_TASK, 'JobManagerTask': OLD_TASK, 'JobPreparationTask': OLD_TASK, 'JobReleaseTask': OLD_TASK,
    'TaskAddParameter': OLD_TASK, 'CloudTask': OLD_TASK,
    'StartTaskInformation': OLD_EXECUTION_INFO, 'TaskExecutionInformation': OLD_EXECUTION_INFO,
    'JobPreparationTaskExecutionInformation': OLD_EXECUTION_INFO,
    'JobReleaseTaskExecutionInformation': OLD_EXECUTION_INFO, 'SubtaskInformation': OLD_EXECUTION_INFO,
    'PoolUsageMetrics': {'dataIngressGiB': ('2.2', '7.0', DOUBLE, False), 'dataEgressGiB': ('2.2', '7.0', DOUBLE, False)},
}
# Values that ended: the last version that has them. 'docker' is kept as dockerCompatible.
OLDER_ENUM_VALUES = {'ContainerType': {'docker': '6.1'}}
SINCE_ENUM_VALUES = {'dockerCompatible': '7.0'}

NEWER_ENUM_VALUES = {'ComputeNodeState': {'deallocating': '20.0', 'deallocated': '20.0'},
                     'SecurityTypes': {'confidentialVM': '20.0'}}

# Casing in which the service answers, where it is not the document's.
CASING = {
    'ComputeNodeFillType': ['Spread', 'Pack'],
    'ErrorCategory': ['UserError', 'ServerError'],
    'TaskAddStatus': ['Success', 'ClientError', 'ServerError'],
    'OutputFileUploadCondition': ['TaskSuccess', 'TaskFailure', 'TaskCompletion'],
}

SECRETS = {
    ('UserAccount', 'password'), ('UserAccount', 'sshPrivateKey'), ('LinuxUserConfiguration', 'sshPrivateKey'), ('ContainerRegistry', 'password'),
    ('AzureBlobFileSystemConfiguration', 'accountKey'), ('AzureBlobFileSystemConfiguration', 'sasKey'),
    ('AzureFileShareConfiguration', 'accountKey'), ('CIFSMountConfiguration', 'password'),
    ('VMExtension', 'protectedSettings'), ('CertificateAddParameter', 'data'), ('CertificateAddParameter', 'password'),
    ('ComputeNodeUser', 'password'), ('NodeUpdateUserParameter', 'password'),
}

# Ranges of numbers that the descriptions give in prose (contract 4.0 to 4.5).
MAX_INT32 = 2**31 - 1
RANGES = {
    ('*', 'priority'): (-1000, 1000),
    ('NetworkSecurityGroupRule', 'priority'): (150, 4096),
    ('*', 'targetDedicated'): (0, MAX_INT32),
    ('*', 'targetDedicatedNodes'): (0, MAX_INT32),
    ('*', 'targetLowPriorityNodes'): (0, MAX_INT32),
    ('*', 'maxTaskRetryCount'): (-1, MAX_INT32),
    ('*', 'requiredSlots'): (1, 256),
    ('*', 'taskSlotsPerNode'): (1, 256),
    ('*', 'maxTasksPerNode'): (1, 256),
    ('MultiInstanceSettings', 'numberOfInstances'): (1, MAX_INT32),
    ('DataDisk', 'lun'): (0, 63),
    ('DataDisk', 'diskSizeGB'): (1, MAX_INT32),
    ('InboundNATPool', 'backendPort'): (1, 65535),
    ('InboundNATPool', 'frontendPortRangeStart'): (1, 65534),
    ('InboundNATPool', 'frontendPortRangeEnd'): (1, 65534),
    ('TaskIdRange', 'start'): (0, MAX_INT32),
    ('TaskIdRange', 'end'): (0, MAX_INT32),
}
LENGTHS = {('*', 'displayName'): 1024, ('UserAccount', 'name'): 20, ('AutoPoolSpecification', 'autoPoolIdPrefix'): 20}
# Durations for which a negative value means "no limit".
NEGATIVE_IS_UNLIMITED = {'maxWallClockTime', 'retentionTime'}


def lookup(table, type_name, member):
    for key in ((type_name, member), ('*', member), (type_name, '*')):
        if key in table:
            return table[key]
    return None


class Table:
    def __init__(self, directory):
        self.documents = {}
        for version, folder in DOCUMENTS.items():
            text = (pathlib.Path(directory) / folder / 'BatchService.json').read_text(encoding='utf-8-sig')
            self.documents[version] = json.loads(text)['definitions']
        self.types = {}  # name -> [rows]
        self.enums = {}  # name -> {value: since}
        for name in REQUESTS + ENTITIES:
            self.add_type(name)

    def members_of(self, name):
        """name -> {document version: (schema, required)} in the newest document's order, older members behind the
        one they stood behind."""
        members = {}
        for version in reversed(list(self.documents)):
            definition = self.documents[version].get(name, {})
            before = None
            for member, schema in definition.get('properties', {}).items():
                if member not in members:
                    members = insert_after(members, before, member)
                members[member][version] = (schema, member in definition.get('required', []))
                before = member
        return members

    def since(self, name, member, found):
        first = [v for v in self.documents if v in found][0]
        type_first = [v for v, d in self.documents.items() if name in d][0]
        if first == type_first:
            return lookup(SINCE, name, member) or VERSIONS[0]
        return lookup(EARLIER, name, member) or first

    def add_type(self, name):
        if name in self.types:
            return
        rows = self.types[name] = []
        for member, found in self.members_of(name).items():
            schema, _ = found[[v for v in self.documents if v in found][-1]]
            required = REQUIRED.get((name, member))
            if required is None and any(r for _, r in found.values()):
                required = (VERSIONS[0], NEWEST)
            rows.append(self.row(name, member, schema, self.since(name, member, found),
                                 LAST.get(member, NEWEST), required))
        for member, (since, until, schema, required) in OLDER.get(name, {}).items():
            rows.append(self.row(name, member, schema, since, until, (since, until) if required else None))
        if name == 'PoolPatchParameter':
            added = {m: ('20.0', self.documents['19.0']['PoolAddParameter']['properties'][m]) for m in POOL_PATCH}
        else:
            added = NEWER.get(name, {})
        for member, (since, schema) in added.items():
            rows.append(self.row(name, member, schema, since, NEWEST, None))

    def add_enum(self, name, schema):
        values = self.enums.setdefault(name, {})
        names = CASING.get(name, schema['enum'])
        for value in names:
            values.setdefault(value, None)
        for value in values:
            if values[value] is None:
                values[value] = (EARLIER_ENUM_VALUES.get(value) or SINCE_ENUM_VALUES.get(value) or
                                 self.enum_value_since(name, value))
        for value, since in NEWER_ENUM_VALUES.get(name, {}).items():
            values.setdefault(value, since)
        for value in OLDER_ENUM_VALUES.get(name, {}):
            values.setdefault(value, VERSIONS[0])

    def enum_value_since(self, name, value):
        versions = []
        for version, definitions in self.documents.items():
            found = find_enum(definitions, name)
            if found is not None:
                versions.append((version, value.lower() in [v.lower() for v in found]))
        with_value = [v for v, has in versions if has]
        if not with_value or with_value[0] == versions[0][0]:
            return VERSIONS[0]
        return with_value[0]

    def row(self, type_name, member, schema, since, until, required):
        flags = []
        if schema.get('type') == 'array':
            flags.append('kArray')
            schema = schema['items']
        elif 'additionalProperties' in schema:
            flags.append('kMap')
            schema = schema['additionalProperties']
        kind, reference = self.kind(schema)
        if (type_name, member) in SECRETS:
            flags.append('kSecret')
        if kind == 'duration' and member in NEGATIVE_IS_UNLIMITED:
            flags.append('kUnlimited')
        low, high = lookup(RANGES, type_name, member) or (schema.get('minimum', 0), schema.get('maximum', 0))
        length = lookup(LENGTHS, type_name, member) or 0
        return (member, kind, reference, flags, since, until, required, low, length or high)

    def kind(self, schema):
        while '$ref' in schema:
            name = schema['$ref'].split('/')[-1]
            target = self.newest(name)
            if target is None or 'properties' in target:  # None: a type of OLDER or NEWER
                self.add_type(name)
                return 'object', 'TypeId::' + name
            schema = target
        if 'enum' in schema:
            name = schema['x-ms-enum']['name']
            self.add_enum(name, schema)
            return 'enumeration', 'EnumId::' + name
        kinds = {('string', 'date-time'): 'timestamp', ('string', 'duration'): 'duration',
                 ('integer', 'int64'): 'int64', ('integer', 'int32'): 'int32', ('number', 'double'): 'number',
                 ('boolean', None): 'boolean', ('object', None): 'any', ('string', None): 'string',
                 ('string', 'byte'): 'string'}
        return kinds[(schema.get('type', 'string'), schema.get('format'))], None

    def newest(self, name):
        for version in reversed(list(self.documents)):
            if name in self.documents[version]:
                return self.documents[version][name]
        return None


def find_enum(node, name):
    if isinstance(node, dict):
        if 'enum' in node and node.get('x-ms-enum', {}).get('name') == name:
            return node['enum']
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            found = find_enum(item, name)
            if found is not None:
                return found
    return None


def insert_after(members, before, name):
    if before is None:
        return {**members, name: {}} if not members else {name: {}, **members}
    result = {}
    for key, value in members.items():
        result[key] = value
        if key == before:
            result[name] = {}
    return result


def version_number(version):
    return VERSIONS.index(version)


def emit(table):
    print('// Written by scripts/generate_schema.py from the published interface descriptions; edit the script instead.')
    print('// {name, kind, type or enumeration, flags, since, until, required since and until (-1: optional), least, most}')
    print('enum class TypeId : std::int16_t { none = -1,\n  ' + ',\n  '.join(table.types) + '};')
    print('enum class EnumId : std::int16_t { none = -1,\n  ' + ',\n  '.join(table.enums) + '};')
    print('inline constexpr EnumValue kEnumValues[] = {')
    enum_ranges, count = [], 0
    for name, values in table.enums.items():
        print('    // ' + name)
        for value, since in values.items():
            until = OLDER_ENUM_VALUES.get(name, {}).get(value, NEWEST)
            print('    {"%s", %d, %d},' % (value, version_number(since), version_number(until)))
        enum_ranges.append((count, len(values)))
        count += len(values)
    print('};\ninline constexpr Range kEnums[] = {')
    for first, size in enum_ranges:
        print('    {%d, %d},' % (first, size))
    print('};\ninline constexpr Member kMembers[] = {')
    type_ranges, count = [], 0
    for name, rows in table.types.items():
        print('    // ' + name)
        for member, kind, reference, flags, since, until, required, low, high in rows:
            first, last = [version_number(v) for v in required] if required else (-1, -1)
            print('    {"%s", Kind::%s, %s, %s, %d, %d, %d, %d, %d, %d},' %
                  (member, kind, 'ref(%s)' % reference if reference else '-1', ' | '.join(flags) or '0',
                   version_number(since), version_number(until), first, last, low, high))
        type_ranges.append((count, len(rows)))
        count += len(rows)
    print('};\ninline constexpr Range kTypes[] = {')
    for first, size in type_ranges:
        print('    {%d, %d},' % (first, size))
    print('};\ninline constexpr TypeId kRequests[] = {\n    ' + ',\n    '.join('TypeId::' + n for n in REQUESTS) + '};')
    print('inline constexpr TypeId kEntities[] = {\n    ' + ',\n    '.join('TypeId::' + n for n in ENTITIES) + '};')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: generate_schema.py DIRECTORY > wire/batch/schema_table.inc')
    emit(Table(sys.argv[1]))
