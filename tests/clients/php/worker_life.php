<?php
// worker_life.php HOST PORT
// One worker through registering, waiting in vain, grabbing by hand and unregistering. After each step it prints
// what the server's admin listing says of it.

[, $host, $port] = $argv;

function listed(string $host, string $port): string
{
    $admin = fsockopen($host, (int) $port);
    fwrite($admin, "workers\n");
    $found = 'not listed';
    while (($line = rtrim(fgets($admin))) !== '.') {
        if (preg_match('/^\d+ \S+ (life-php :.*)$/', $line, $match)) {
            $found = $match[1];
        }
    }
    fclose($admin);
    return $found;
}

$worker = new GearmanWorker();
$worker->addServer($host, (int) $port);
$worker->setTimeout(100);

$step = function (string $what) use ($worker, $host, $port): void {
    $timed_out = @$worker->work() === false && $worker->returnCode() === GEARMAN_TIMEOUT;
    $code = $timed_out ? 'timed out' : 'code ' . $worker->returnCode();
    $worker->ping('orders what the worker sent before the listing');
    echo $what, ': ', $code, ', ', listed($host, $port), "\n";
};

echo 'ping: ', var_export($worker->ping('hello'), true), "\n";
echo 'setId: ', var_export($worker->setId('life-php'), true), "\n";
foreach (['one', 'two', 'three'] as $name) {
    $worker->addFunction($name, fn (GearmanJob $job) => "$name: " . $job->workload());
}
$worker->register('four', 10);
$step('registered');
$worker->unregister('two');
$step('unregistered two');
$worker->unregisterAll();
$step('unregistered all');
$worker->register('one');
$step('only one');

$client = new GearmanClient();
$client->addServer($host, (int) $port);
echo 'submitted: ', $client->doBackground('one', 'by hand', 'u'), "\n";
$worker->setTimeout(25000);
$job = $worker->grabJob();
echo 'grabbed: ', implode(' ', [$job->handle(), $job->functionName(), $job->unique(), $job->workload()]), "\n";
echo 'running: ', json_encode($client->jobStatus($job->handle())), "\n";
$job->sendStatus(2, 5);
$worker->ping('orders the status before the question');
echo 'progress: ', json_encode($client->jobStatus($job->handle())), "\n";
echo 'unique: ', json_encode($client->jobStatusByUniqueKey('u')), "\n";
$job->sendComplete('result');
$worker->ping('orders the end before the question');
echo 'done: ', json_encode($client->jobStatus($job->handle())), "\n";
