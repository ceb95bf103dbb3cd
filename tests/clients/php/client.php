<?php
// client.php HOST PORT SCENARIO [ARGUMENT...]
// Plays one scenario and prints what the client saw, one line an observation.

[, $host, $port, $scenario] = $argv;
$arguments = array_slice($argv, 4);

function say(string ...$words): void
{
    echo implode(' ', $words), "\n";
}

/** A GearmanClient that prints every callback, with the task's context in front. */
function observed(GearmanClient $client): GearmanClient
{
    $note = fn (string $event) => function (GearmanTask $task, $context = null) use ($event) {
        say(...array_filter([$context, $event, (string) $task->data()], fn ($word) => ($word ?? '') !== ''));
    };
    $client->setCreatedCallback(function (GearmanTask $task, $context = null) {
        say(...array_filter([$context, 'created', $task->functionName(), $task->jobHandle()]));
    });
    $client->setDataCallback($note('data'));
    $client->setWarningCallback($note('warning'));
    $client->setCompleteCallback($note('complete'));
    $client->setFailCallback($note('fail'));
    $client->setExceptionCallback($note('exception'));
    $client->setStatusCallback(function (GearmanTask $task, $context = null) {
        say(...array_filter([$context, 'status', $task->taskNumerator() . '/' . $task->taskDenominator()]));
    });
    return $client;
}

function status(array $status): string
{
    return json_encode($status);
}

$client = new GearmanClient();
$client->addServer($host, (int) $port);
$client->setTimeout(25000);

$scenarios = [
    // Runs the function on standard input and prints the bare result.
    'run' => function (string $function) use ($client) {
        echo $client->doNormal($function, stream_get_contents(STDIN));
    },

    'every_priority' => function () use ($client) {
        say('doNormal', $client->doNormal('upper', 'normal'));
        say('doHigh', $client->doHigh('upper', 'high'));
        say('doLow', $client->doLow('upper', 'low'));
        say('code', $client->returnCode());
    },

    // The loop of PHP's manual: doNormal comes back for every packet of the job.
    'do_in_pieces' => function (string $function) use ($client) {
        $names = [
            GEARMAN_WORK_DATA => 'data',
            GEARMAN_WORK_WARNING => 'warning',
            GEARMAN_WORK_STATUS => 'status',
            GEARMAN_WORK_FAIL => 'fail',
            GEARMAN_WORK_EXCEPTION => 'exception',
            GEARMAN_SUCCESS => 'success',
        ];
        do {
            $result = $client->doNormal($function, 'x');
            $name = $names[$client->returnCode()];
            say($name, $name === 'status' ? implode('/', $client->doStatus()) : json_encode($result));
        } while (in_array($name, ['data', 'warning', 'status']));
    },

    'background' => function () use ($client) {
        say('doLowBackground', $client->doLowBackground('upper', 'x', 'low'));
        say('doBackground', $client->doBackground('upper', 'xx', 'normal'));
        say('doHighBackground', $client->doHighBackground('upper', 'xxx', 'high'));
        say('code', $client->returnCode());
    },

    'coalesce' => function () use ($client) {
        say($client->doBackground('upper', 'first', 'same'));
        say($client->doBackground('upper', 'second', 'same'));
        say($client->doBackground('other', 'third', 'same'));
    },

    'job_status' => function (string $handle, string $unique) use ($client) {
        say('handle', status($client->jobStatus($handle)));
        say('unique', status($client->jobStatusByUniqueKey($unique)));
    },

    'observe' => function (string $function, string $context = '') use ($client) {
        observed($client)->addTask($function, 'x', $context);
        $client->runTasks() || say('run', $client->returnCode());
    },

    'observe_exceptions' => function (string $function) use ($client) {
        say('enabled', var_export($client->enableExceptionHandler(), true));
        observed($client)->addTask($function, 'x');
        $client->runTasks() || say('run', $client->returnCode());
    },

    'tasks' => function () use ($client) {
        $client->setCompleteCallback(fn (GearmanTask $task, $context) => say($context, $task->data()));
        $client->addTask('upper', 'n', 'normal');
        $client->addTaskHigh('upper', 'h', 'high');
        $client->addTaskLow('upper', 'l', 'low');
        say('run', var_export($client->runTasks(), true), $client->returnCode());
    },

    'background_tasks' => function () use ($client) {
        observed($client);
        $client->addTaskBackground('upper', 'n', 'normal', 'n');
        $client->addTaskHighBackground('upper', 'h', 'high', 'h');
        $client->addTaskLowBackground('upper', 'l', 'low', 'l');
        say('run', var_export($client->runTasks(), true), $client->returnCode());
    },

    'task_status' => function (string $handle) use ($client) {
        $client->setStatusCallback(function (GearmanTask $task, $context) {
            $numbers = $task->taskNumerator() . '/' . $task->taskDenominator();
            say($context, json_encode([$task->isKnown(), $task->isRunning()]), $numbers);
        });
        $client->addTaskStatus($handle, 'asked');
        say('run', var_export($client->runTasks(), true), $client->returnCode());
    },

    'ping' => function (string $data) use ($client) {
        say('ping', var_export($client->ping($data), true), $client->returnCode());
    },

    'timeout' => function (string $function) use ($client) {
        $client->setTimeout(100);
        say('result', var_export(@$client->doNormal($function, 'x'), true));
        say('timed out', var_export($client->returnCode() === GEARMAN_TIMEOUT, true));
    },
];

$scenarios[$scenario](...$arguments);
