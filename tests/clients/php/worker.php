<?php
// worker.php HOST PORT JOBS FUNCTION...
// Serves the named functions for JOBS jobs (0: for ever) and prints "did FUNCTION UNIQUE SIZE" after each.
// "FUNCTION/MS" registers the function with a time limit.

[, $host, $port, $jobs] = $argv;
$names = array_slice($argv, 4);

function chatty(GearmanJob $job): string
{
    $job->sendData('part one');
    $job->sendWarning('careful');
    $job->sendStatus(1, 4);
    $job->sendData('part two');
    $job->sendStatus(3, 4);
    return 'all done';
}

function failing(GearmanJob $job): void
{
    $job->sendFail();
}

function failing_by_return(GearmanJob $job): void
{
    $job->setReturn(GEARMAN_WORK_FAIL);
}

function throwing(GearmanJob $job): void
{
    $job->sendException('boom');
}

function hang(GearmanJob $job): void
{
    echo "hanging\n";
    sleep(1000);
}

$functions = [
    'upper' => fn (GearmanJob $job) => strtoupper($job->workload()),
    'chatty' => 'chatty',
    'complete' => fn (GearmanJob $job) => $job->sendComplete('sent by sendComplete') ? null : 'unsent',
    'nothing' => fn (GearmanJob $job) => null,
    'failing' => 'failing',
    'failing_by_return' => 'failing_by_return',
    'throwing' => 'throwing',
    'hang' => 'hang',
    'uncaught' => fn () => throw new RuntimeException('not caught'),
    'handle' => fn (GearmanJob $job) => $job->handle(),
    'details' => fn (GearmanJob $job) => $job->handle() . ' ' . $job->functionName() . ' ' . $job->unique(),
];

$worker = new GearmanWorker();
$worker->addServer($host, (int) $port);
foreach ($names as $argument) {
    [$name, $milliseconds] = explode('/', $argument) + [1 => 0];
    $worker->addFunction($name, function (GearmanJob $job) use ($functions, $name) {
        $result = $functions[$name]($job);
        echo "did $name {$job->unique()} {$job->workloadSize()}\n";
        return $result;
    }, null, (int) $milliseconds);
}
for ($done = 0; $jobs == 0 || $done < $jobs; $done++) {
    $worker->work();
}
