# worker.pl HOST PORT JOBS FUNCTION...
# Serves the named functions for JOBS jobs (0: for ever) and prints "did FUNCTION SIZE" for each.
# "FUNCTION/MS" registers the function with a time limit.
use strict;
use warnings;
use Gearman::Worker;

$| = 1;
my ($host, $port, $jobs, @names) = @ARGV;
my $worker = Gearman::Worker->new(job_servers => ["$host:$port"], client_id => 'worker-perl');
my ($done, $failures) = (0, 0);

sub chatty {
    my $job = shift;
    $worker->send_work_data($job, 'part one');
    $worker->send_work_warning($job, 'careful');
    $job->set_status(1, 4);
    $worker->send_work_data($job, 'part two');
    $job->set_status(3, 4);
    return 'all done';
}

sub hang {
    print "hanging\n";
    sleep 1000;
}

my %functions = (
    upper    => sub { uc shift->arg },
    reverse  => sub { scalar reverse shift->arg },
    chatty   => \&chatty,
    empty    => sub { '' },
    complete => sub { $worker->send_work_complete(shift, 'sent by send_work_complete'); 'unsent' },
    failing  => sub { undef },
    flaky    => sub { ++$failures > 2 ? 'at last' : undef },
    throwing => sub { $worker->send_work_exception(shift, 'boom') },
    dying    => sub { die "out of luck\n" },
    handle   => sub { shift->handle },
    hang     => \&hang,
    forget   => sub { $worker->unregister_function(shift->arg) },
    learn    => sub { register(shift->arg) },
);

sub register {
    my ($function, $milliseconds) = split m{/}, shift;
    my $run = sub {
        my $job    = shift;
        my $size   = length $job->arg;
        my $result = $functions{$function}->($job);
        print "did $function $size\n";
        $done++;
        return $result;
    };
    $worker->register_function($function, $milliseconds // (), $run);
}

register($_) for @names;
$worker->work(stop_if => sub { $jobs && $done >= $jobs });
