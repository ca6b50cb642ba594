#!/usr/bin/env python3
"""Writes wire/batch/schema_table.inc from the published interface descriptions of the Batch service.

Run by hand when a description is added:

    scripts/generate_schema.py DIRECTORY > wire/batch/schema_table.inc

DIRECTORY holds <api-version>/BatchService.json for the versions in DOCUMENTS. Types are merged over all of them: a
member carries the first and the last version that has it. What the documents cannot say stands below as data: the
versions between and after them (docs: table of versions), ranges, secrets, and the casing the service answers in.
"""
import json
import pathlib
import sys

VERSIONS = ['8.0', '9.0', '10.0', '11.0', '12.0', '14.0', '15.0', '16.0', '17.0', '18.0', '19.0', '20.0', '2025-06-01']
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
    'UploadBatchServiceLogsConfiguration', 'CertificateAddParameter',
]
ENTITIES = [
    'CloudPool', 'ComputeNode', 'CloudJob', 'CloudJobSchedule', 'CloudTask', 'SubtaskInformation', 'NodeFile',
    'ImageInformation', 'PoolNodeCounts', 'JobPreparationAndReleaseTaskExecutionInformation', 'TaskAddResult',
    'AutoScaleRun', 'ApplicationSummary', 'PoolUsageMetrics', 'Certificate', 'NodeVMExtension',
    'ComputeNodeGetRemoteLoginSettingsResult', 'UploadBatchServiceLogsResult',
]

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
# Required members that became optional: the last version that requires them.
REQUIRED_UNTIL = {('ContainerRegistry', 'username'): '12.0', ('ContainerRegistry', 'password'): '12.0'}

# What the versions after the last document added: type -> member -> (since, schema as in a document).
STRING, BOOLEAN, INT32 = {'type': 'string'}, {'type': 'boolean'}, {'type': 'integer', 'format': 'int32'}


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
    ('UserAccount', 'password'), ('LinuxUserConfiguration', 'sshPrivateKey'), ('ContainerRegistry', 'password'),
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
            return VERSIONS[0]
        return lookup(EARLIER, name, member) or first

    def add_type(self, name):
        if name in self.types:
            return
        rows = self.types[name] = []
        for member, found in self.members_of(name).items():
            schema, _ = found[[v for v in self.documents if v in found][-1]]
            required = any(r for _, r in found.values())
            required_until = None
            if required:
                required_until = REQUIRED_UNTIL.get((name, member), NEWEST)
            rows.append(self.row(name, member, schema, self.since(name, member, found),
                                 LAST.get(member, NEWEST), required_until))
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
                values[value] = EARLIER_ENUM_VALUES.get(value) or self.enum_value_since(name, value)
        for value, since in NEWER_ENUM_VALUES.get(name, {}).items():
            values.setdefault(value, since)

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

    def row(self, type_name, member, schema, since, until, required_until):
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
        return (member, kind, reference, flags, since, until, required_until, low, length or high)

    def kind(self, schema):
        while '$ref' in schema:
            name = schema['$ref'].split('/')[-1]
            target = self.newest(name)
            if target is None or 'properties' in target:
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
    print('// {name, kind, type or enumeration, flags, since, until, required until (-1: optional), least, most}')
    print('enum class TypeId : std::int16_t { none = -1,\n  ' + ',\n  '.join(table.types) + '};')
    print('enum class EnumId : std::int16_t { none = -1,\n  ' + ',\n  '.join(table.enums) + '};')
    print('inline constexpr EnumValue kEnumValues[] = {')
    enum_ranges, count = [], 0
    for name, values in table.enums.items():
        print('    // ' + name)
        for value, since in values.items():
            print('    {"%s", %d},' % (value, version_number(since)))
        enum_ranges.append((count, len(values)))
        count += len(values)
    print('};\ninline constexpr Range kEnums[] = {')
    for first, size in enum_ranges:
        print('    {%d, %d},' % (first, size))
    print('};\ninline constexpr Member kMembers[] = {')
    type_ranges, count = [], 0
    for name, rows in table.types.items():
        print('    // ' + name)
        for member, kind, reference, flags, since, until, required_until, low, high in rows:
            required = -1 if required_until is None else version_number(required_until)
            print('    {"%s", Kind::%s, %s, %s, %d, %d, %d, %d, %d},' %
                  (member, kind, 'ref(%s)' % reference if reference else '-1', ' | '.join(flags) or '0',
                   version_number(since), version_number(until), required, low, high))
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
