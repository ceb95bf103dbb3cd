# client.pl HOST PORT SCENARIO [ARGUMENT...]
# Plays one scenario and prints what the client saw, one line an observation.
use strict;
use warnings;
use Gearman::Client;

$| = 1;
binmode STDIN;
binmode STDOUT;
my ($host, $port, $scenario, @arguments) = @ARGV;
my $client = Gearman::Client->new(job_servers => ["$host:$port"], exceptions => 1);

sub say_words { print join(' ', @_), "\n" }

# The library puts "host:port//" in front of every handle.
sub bare { (split m{//}, shift)[1] }

# Options of a task that prints everything that happens to it.
sub observed {
    my @context = @_;
    return {
        on_data      => sub { say_words(@context, 'data', ${ shift() }) },
        on_warning   => sub { say_words(@context, 'warning', ${ shift() }) },
        on_status    => sub { say_words(@context, 'status', join '/', @_) },
        on_complete  => sub { say_words(@context, 'complete', ${ shift() }) },
        on_fail      => sub { say_words(@context, 'fail') },
        on_exception => sub { say_words(@context, 'exception', shift) },
        on_retry     => sub { say_words(@context, 'retry', shift) },
    };
}

sub run_observed {
    my ($function, %more) = @_;
    my $tasks  = $client->new_task_set;
    my $handle = $tasks->add_task($function, 'x', { %{ observed() }, %more });
    say_words('created', $function, bare($handle));
    $tasks->wait;
}

sub status_of {
    my $status = $client->get_status("$host:$port//" . shift);
    return join ' ', 'known', $status->known, 'running', $status->running, 'progress', join '/', @{ $status->progress };
}

my %scenarios = (

    # Runs the function on standard input and prints the bare result.
    run => sub {
        my $workload = do { local $/; <STDIN> };
        print ${ $client->do_task(shift, \$workload) };
    },

    observe => \&run_observed,

    observe_retries => sub { run_observed(shift, retry_count => shift) },

    without_exceptions => sub {
        $client = Gearman::Client->new(job_servers => ["$host:$port"]);
        run_observed(@_);
    },

    every_priority => sub {
        say_words($_, ${ $client->do_task('upper', $_, { priority => $_ }) }) for qw(low normal high);
        say_words('high_priority', ${ $client->do_task('upper', 'old', { high_priority => 1 }) });
    },

    background => sub {
        for my $priority (qw(low normal high)) {
            my $handle = $client->dispatch_background('upper', $priority, { priority => $priority });
            say_words($priority, bare($handle));
        }
    },

    coalesce_background => sub {
        say_words(bare($client->dispatch_background('upper', $_, { uniq => 'same' }))) for qw(one three);
        say_words(bare($client->dispatch_background('upper', 'data', { uniq => '-' }))) for 1 .. 2;
        say_words(bare($client->dispatch_background('upper', 'other', { uniq => '-' })));
        say_words(bare($client->dispatch_background('upper', 'data'))) for 1 .. 2;
    },

    task_set => sub {
        my $tasks = $client->new_task_set;
        $tasks->add_task('upper',   'one', observed('first'));
        $tasks->add_task('reverse', 'two', observed('second'));
        $tasks->add_task('failing', 'x',   observed('third'));
        $tasks->add_task('upper', 'four', { %{ observed('fourth') }, priority => 'high' });
        $tasks->wait(timeout => 25);
        say_words('waited');
    },

    # Both tasks become one job; the server answers each of them.
    coalesce_in_task_set => sub {
        my $tasks = $client->new_task_set;
        for my $name (qw(first second)) {
            my $handle = $tasks->add_task('upper', $name, { %{ observed($name) }, uniq => 'same' });
            say_words($name, bare($handle));
        }
        $tasks->wait(timeout => 25);
    },

    status => sub { say_words($_, status_of($_)) for @_ },

    server_status => sub {
        my $functions = $client->get_job_server_status->{"$host:$port"};
        for my $name (sort keys %$functions) {
            my $shown = $functions->{$name};
            say_words($name, map { "$_ $shown->{$_}" } sort keys %$shown);
        }
    },

    # Commands of the old Perl server that gearmand never had.
    unknown_listings => sub {
        say_words('jobs',    scalar keys %{ $client->get_job_server_jobs });
        say_words('clients', scalar keys %{ $client->get_job_server_clients });
    },

    timeout => sub {
        my $fail   = sub { say_words('fail', shift) };
        my $result = $client->do_task('nobody', 'x', { timeout => 0.1, on_fail => $fail });
        say_words('result', $result // 'undef');
    },
);

$scenarios{$scenario}->(@arguments);
