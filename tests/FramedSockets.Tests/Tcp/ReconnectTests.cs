using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A client that connects again: when, how late, and when no more.</summary>
public sealed partial class ReconnectTests : CleanedUp
{
    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 4000);
    private readonly ManualTimeProvider _clock = new();
    private readonly PoisoningPool _pool = new();
    private readonly MemoryTransport _network;
    private readonly CancellationTokenSource _cancel = new();
    private readonly RecordingLog _log = new();
    private readonly TcpFrameClientOptions _options;

    public ReconnectTests()
    {
        _network = new(new() { Pool = _pool });
        _options = new()
        {
            Transport = _network,
            Connection = new() { Pool = _pool, TimeProvider = _clock },
            Deadlines = FrameDeadlines.None,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            LoggerFactory = _log,
        };
    }

    public override async ValueTask DisposeAsync()
    {
        _cancel.Dispose();
        _log.Dispose();
        Assert.Equal(0, _clock.PendingTimers);
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_server_that_restarts_is_found_again_each_time_and_nothing_is_sent_twice()
    {
        var (heard, said) = (new ConcurrentQueue<int>(), 0);
        var run = Run(async connection =>
        {
            await connection.SendAsync(++said, Frames.Body(3));
            await foreach (var frame in connection.ReadAllAsync())
            {
                Assert.Equal(said, frame.Header);
            }
        });
        for (var start = 1; start <= 20; start++)
        {
            await using var server = await Serve((connection, frame) =>
            {
                heard.Enqueue(frame.Header);
                return connection.SendAsync(frame.Header, frame.Body);
            });
            await Pass(() => heard.Count == start);
            _ = await server.StopAsync().Soon();
        }

        await Cancel(run);
        Assert.Equal(Enumerable.Range(1, 20), heard);
    }

    [Fact]
    public async Task Each_wait_may_be_twice_as_long_as_the_one_before_up_to_the_longest()
    {
        var run = Run(_ => throw new InvalidOperationException("Nobody is there."));
        while (Waits < 20)
        {
            await Timeouts.Until(() => Waits > 0 && _clock.PendingTimers == 1);
            var before = Waits;
            _clock.Advance(TimeSpan.FromMilliseconds(Math.Min(30_000, 100 << (before - 1))));
            await Timeouts.Until(() => Waits > before);
        }

        await Cancel(run);
    }

    [Fact]
    public void Waits_are_spread_from_nothing_to_the_longest()
    {
        var most = 100.0;
        for (var waits = 0; waits < 2_000; waits++)
        {
            var all = Enumerable.Range(0, 500).Select(_ => ReconnectOptions.Default.NextDelay(waits).TotalMilliseconds).ToArray();
            Assert.All(all, wait => Assert.InRange(wait, 0, most));
            Assert.True(all.Max() > most / 2 && all.Min() < most / 2);
            Assert.True(all.Select(wait => (int)(wait / 50)).Distinct().Count() > 1);
            most = Math.Min(30_000, 2 * most);
        }
    }

    [Fact]
    public async Task It_gives_up_after_as_many_attempts_as_it_may()
    {
        var run = Run(_ => Task.CompletedTask, new() { MaxAttempts = 3 });
        await Pass(() => run.IsCompleted);
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => run)).SocketErrorCode);
        Assert.Equal(2, Waits);
    }

    [Fact]
    public async Task A_connection_that_ends_before_a_frame_is_an_attempt_in_vain()
    {
        await using var server = await Serve(_ => Task.CompletedTask);
        var run = Run(Drain, new() { MaxAttempts = 3 });
        await Pass(() => run.IsCompleted);
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => run);
        Assert.Equal(2, Waits);
    }

    [Fact]
    public async Task A_frame_begins_the_count_and_the_waits_anew()
    {
        var served = 0;
        await using var server = await Serve(async connection =>
        {
            await connection.SendAsync(1, Frames.Body(1));
            _ = Interlocked.Increment(ref served);
        });
        var run = Run(Drain, new() { MaxAttempts = 1 });
        await Pass(() => Volatile.Read(ref served) > 10);
        await Cancel(run);
        Assert.All(_log.Of("ConnectsAgain"), line => Assert.InRange(int.Parse(Delay().Match(line).Value), 0, 100));
    }

    [Fact]
    public async Task So_does_a_connection_that_lasted()
    {
        await using var server = await Serve(Drain);
        FrameConnection<int>? connected = null;
        var run = Run(
            connection =>
            {
                connected = connection;
                return Drain(connection);
            },
            new() { MaxAttempts = 1 });
        for (var connection = 1; connection <= 3; connection++)
        {
            await Pass(() => connected is not null);
            var lost = Interlocked.Exchange(ref connected, null)!;
            _clock.Advance(TimeSpan.FromSeconds(30));
            lost.Abort();
            await Timeouts.Until(() => Waits == connection);
        }

        await Cancel(run);
    }

    [Fact]
    public async Task A_handler_that_returns_while_the_connection_is_there_has_finished()
    {
        await using var server = await Serve((connection, frame) => connection.SendAsync(frame.Header, frame.Body));
        var client = new TcpFrameClient<int>(new TagCodec(), _options);
        await client.RunAsync("localhost", Address.Port, async connection =>
        {
            await connection.SendAsync(7, Frames.Body(3));
            Assert.Equal(7, (await connection.ReadAsync()).Header);
        }).Soon();
        await Timeouts.Until(() => server.ConnectionCount == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_that_ended_its_output_first_has_finished(bool isFirst)
    {
        await using var server = await Serve(connection => isFirst ? Drain(connection) : Task.CompletedTask);
        var run = Run(async connection =>
        {
            if (isFirst)
            {
                await connection.CompleteOutputAsync();
            }

            await Drain(connection);
            await connection.CompleteOutputAsync();
        });
        if (isFirst)
        {
            await run;
        }
        else
        {
            await Timeouts.Until(() => Waits > 0);
            await Cancel(run);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task So_has_one_whose_last_body_ended_its_output(bool isFirst)
    {
        await using var server = await Serve(async connection =>
        {
            if (!isFirst)
            {
                await connection.CompleteOutputAsync();
            }

            await Drain(connection);
        });
        var run = Run(async connection =>
        {
            if (!isFirst)
            {
                await Drain(connection);
            }

            await connection.SendAsync(TagCodec.UntilEnd, new MemoryStream(Frames.Body(100_000)), HeaderDecodeResult.UntilEnd);
            await Drain(connection);
        });
        if (isFirst)
        {
            await run;
        }
        else
        {
            await Timeouts.Until(() => Waits > 0);
            await Cancel(run);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task So_has_one_that_asked_for_more_behind_the_last_answer(bool switches)
    {
        await using var server = await Serve(async connection =>
        {
            Assert.False(await connection.WaitToReadAsync());
            await connection.SendAsync(7, Frames.Body(1));
        });
        await Run(async connection =>
        {
            await connection.CompleteOutputAsync();
            connection = switches ? await connection.SwitchAsync(new TagCodec()) : connection;
            Assert.Equal(7, (await connection.ReadAsync()).Header);
            _ = await connection.ReadAsync();
        });
    }

    [Fact]
    public async Task One_that_gave_up_the_wait_for_its_end_before_that_could_leave_has_not()
    {
        var go = new TaskCompletionSource();
        await using var server = await Serve(async connection =>
        {
            await connection.CompleteOutputAsync();
            await go.Task;
        });
        async Task GiveUp(FrameConnection<int> connection)
        {
            while (connection.TrySend(2, Frames.Body(20_000)))
            {
                // More than is on its way unread: the end waits behind it.
            }

            using var cancel = new CancellationTokenSource();
            var ending = connection.CompleteOutputAsync(cancel.Token).AsTask();
            Assert.False(ending.IsCompleted);
            await cancel.CancelAsync();
            _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending.Soon());
            await Drain(connection);
        }

        var run = Run(GiveUp, new() { MaxAttempts = 1 });
        await Pass(() => run.IsCompleted);
        go.SetResult();
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => run);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_the_last_answers_is_not_their_end()
    {
        var (inside, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await Serve(async connection =>
        {
            await connection.SendAsync(7, Frames.Body(1));
            await go.Task;
        });
        var run = Run(async connection =>
        {
            await connection.CompleteOutputAsync();
            _ = await connection.ReadAsync();
            inside.SetResult();
            Assert.False(await connection.WaitToReadAsync());
        });
        await inside.Task.Soon();
        await Cancel(run);
        go.SetResult();
    }

    [Fact]
    public async Task What_it_says_of_another_stream_behind_the_last_frame_is_its_own()
    {
        await using var server = await Serve(_ => Task.CompletedTask);
        var run = Run(async connection =>
        {
            Assert.False(await connection.WaitToReadAsync());
            throw new EndOfStreamException("of another stream");
        });
        Assert.Equal("of another stream", (await Assert.ThrowsAsync<EndOfStreamException>(() => run)).Message);
    }

    [Fact]
    public async Task Somebody_else_may_dispose_the_connection_and_the_handler_has_finished()
    {
        await using var server = await Serve(Drain);
        FrameConnection<int>? connected = null;
        var run = Run(async connection =>
        {
            Volatile.Write(ref connected, connection);
            _ = await connection.ReadAsync();
        });
        await Timeouts.Until(() => Volatile.Read(ref connected)?.Reading.Phase == ReadPhase.FirstHeader);
        await connected!.DisposeAsync().Soon();
        await run;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closing_that_fails_changes_nothing_about_a_handler_that_has_ended(bool throws)
    {
        var go = new TaskCompletionSource();
        await using var server = await Serve(async connection =>
        {
            _ = await connection.ReadAsync();
            await go.Task;
        });
        var run = Run(async connection =>
        {
            await using (connection)
            {
                // More than is on its way unread, so that it cannot leave.
                await connection.SendAsync(1, Frames.Body(1));
                for (var i = 0; i < 6; i++)
                {
                    await connection.SendAsync(2, Frames.Body(20_000));
                }

                if (throws)
                {
                    throw new InvalidDataException("the handler's own");
                }
            }
        });
        while (!run.IsCompleted)
        {
            // The time that closing has.
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(throws, await Record.ExceptionAsync(() => run) is InvalidDataException);
        Assert.Equal(0, Waits);
        _ = Assert.Single(_log.Of("Failed"));
        go.SetResult();
    }

    [Fact]
    public async Task What_a_handler_throws_out_of_a_connection_it_disposes_is_thrown()
    {
        await using var server = await Serve(Drain);
        var run = Run(async connection =>
        {
            await using (connection)
            {
                throw new InvalidOperationException("the handler's own");
            }
        });
        Assert.Equal("the handler's own", (await Assert.ThrowsAsync<InvalidOperationException>(() => run)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_may_close_the_connection_itself(bool readsToTheEnd)
    {
        await using var server = await Serve(connection => readsToTheEnd ? Task.CompletedTask : Drain(connection));
        var run = Run(async connection =>
        {
            await using (connection)
            {
                Assert.False(readsToTheEnd && await connection.WaitToReadAsync());
            }
        });
        if (readsToTheEnd)
        {
            await Timeouts.Until(() => Waits > 0);
            await Cancel(run);
        }
        else
        {
            await run;
        }
    }

    [Fact]
    public async Task What_a_handler_throws_for_itself_is_thrown_and_resets_the_connection()
    {
        var ended = new TaskCompletionSource<FramedSocketException>();
        await using var server = await Serve(async connection => ended.SetResult(
            await Assert.ThrowsAsync<FramedSocketException>(() => connection.WaitToReadAsync().Soon())));
        var run = Run(_ => throw new InvalidDataException("the handler's own"));
        Assert.Equal("the handler's own", (await Assert.ThrowsAsync<InvalidDataException>(() => run)).Message);
        Assert.Equal(FramedSocketError.ConnectionReset, (await ended.Task.Soon()).Error);
    }

    [Fact]
    public async Task A_handler_that_returns_no_task_has_failed_and_the_exception_says_so()
    {
        await using var server = await Serve(Drain);
        var run = Run(_ => null!);
        Assert.Contains("null instead of a task", (await Assert.ThrowsAsync<InvalidOperationException>(() => run)).Message);
        _ = Assert.Single(_log.Of("HandlerFailed"));
    }

    [Fact]
    public async Task What_it_throws_because_the_connection_is_lost_is_not()
    {
        await using var server = await Serve(connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        });
        var run = Run(async connection =>
        {
            _ = await Assert.ThrowsAsync<FramedSocketException>(() => connection.WaitToReadAsync().Soon());
            throw new InvalidDataException("what follows from it");
        });
        await Timeouts.Until(() => Waits > 0);
        await Cancel(run);
    }

    [Fact]
    public async Task Asking_for_a_frame_behind_the_last_is_no_failure_of_the_handler()
    {
        await using var server = await Serve(_ => Task.CompletedTask);
        var run = Run(async connection => _ = await connection.ReadAsync());
        await Timeouts.Until(() => Waits > 0);
        await Cancel(run);
        Assert.Empty(_log.Of("HandlerFailed"));
    }

    [Fact]
    public async Task A_frame_that_was_on_its_way_fails_where_it_is_sent_and_is_not_sent_again()
    {
        var (gone, heard) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        var count = 0;
        await using var server = await Serve(async connection =>
        {
            if (Interlocked.Increment(ref count) == 1)
            {
                await gone.Task;
                connection.Abort();
            }
            else
            {
                heard.SetResult(await connection.WaitToReadAsync());
            }
        });
        var run = Run(async connection =>
        {
            if (gone.TrySetResult())
            {
                // More than is on its way unread: the server does not read.
                var sending = connection.SendAsync(1, new byte[1 << 20]).Soon();
                _ = await Assert.ThrowsAsync<FramedSocketException>(() => sending);
                await sending;
            }
        });
        await Pass(() => run.IsCompleted);
        await run;
        Assert.False(await heard.Task.Soon());
    }

    [Fact]
    public async Task The_end_is_seen_through_another_framing()
    {
        await using var server = await Serve(connection => connection.SendAsync(1, Frames.Body(1)).AsTask());
        var run = Run(async connection =>
        {
            var other = await connection.SwitchAsync(new TagCodec());
            while (await other.WaitToReadAsync())
            {
                Assert.True(other.TryRead(out _));
            }
        });
        await Timeouts.Until(() => Waits > 0);
        await Cancel(run);
    }

    [Fact]
    public async Task Cancelling_lets_arrived_frames_be_handled_and_their_answers_leave()
    {
        var answered = new TaskCompletionSource<int>();
        await using var server = await Serve(async connection =>
        {
            await connection.SendAsync(5, Frames.Body(2));
            answered.SetResult((await connection.ReadAsync()).Header);
            Assert.False(await connection.WaitToReadAsync());
        });
        var (inside, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var run = Run(async connection =>
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                inside.SetResult();
                await go.Task;
                connection.Write(frame.Header, frame.Body);
            }
        });
        await inside.Task.Soon();
        await _cancel.CancelAsync();
        go.SetResult();
        Assert.Equal(_cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run)).CancellationToken);
        Assert.Equal(5, await answered.Task.Soon());
    }

    [Fact]
    public async Task A_handler_may_follow_the_same_token()
    {
        await using var server = await Serve(Drain);
        var inside = new TaskCompletionSource();
        var run = Run(async connection =>
        {
            var read = connection.WaitToReadAsync(_cancel.Token);
            inside.SetResult();
            _ = await read;
        });
        await inside.Task.Soon();
        await Cancel(run);
        Assert.Empty(_log.Of("HandlerFailed"));
        await Timeouts.Until(() => server.ConnectionCount == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelling_is_what_it_ends_with_also_where_the_handler_makes_nothing_of_it(bool catches)
    {
        await using var server = await Serve(Drain);
        var inside = new TaskCompletionSource();
        var run = Run(async connection =>
        {
            var waiting = catches ? connection.WaitToReadAsync(_cancel.Token).AsTask() : Task.Delay(Timeout.Infinite, connection.Stopping);
            inside.SetResult();
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await inside.Task.Soon();
        await Cancel(run);
        Assert.Equal(_cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run)).CancellationToken);
        await Timeouts.Until(() => server.ConnectionCount == 0);
        Assert.Equal(0, Waits);
    }

    [Fact]
    public async Task Cancelling_behind_the_handler_changes_nothing()
    {
        var go = new TaskCompletionSource();
        await using var server = await Serve(async connection =>
        {
            await go.Task;
            await Drain(connection);
        });
        FrameConnection<int>? connected = null;
        var run = Run(async connection =>
        {
            // More than is on its way unread: closing waits.
            for (var i = 0; i < 6; i++)
            {
                await connection.SendAsync(2, Frames.Body(20_000));
            }

            Volatile.Write(ref connected, connection);
        });
        await Timeouts.Until(() => Volatile.Read(ref connected) is { IsClosing: true });
        await _cancel.CancelAsync();
        Assert.False(run.IsCompleted);
        go.SetResult();
        await run;
    }

    [Fact]
    public async Task Arguments_and_options_are_checked()
    {
        var client = new TcpFrameClient<int>(new TagCodec(), _options);
        _ = await Assert.ThrowsAsync<ArgumentNullException>(() => client.RunAsync(null!, Drain));
        _ = await Assert.ThrowsAsync<ArgumentNullException>(() => client.RunAsync(Address, null!));
        _ = await Assert.ThrowsAsync<ArgumentException>(() => client.RunAsync("", 1, Drain));
        _ = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.RunAsync("localhost", 0, Drain));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ReconnectOptions { FirstDelay = TimeSpan.Zero });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ReconnectOptions { MaxDelay = Timeout.InfiniteTimeSpan });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ReconnectOptions { MaxDelay = TimeSpan.MaxValue });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ReconnectOptions { MaxAttempts = 0 });
    }

    [GeneratedRegex(@"\d+(?= ms)")]
    private static partial Regex Delay();

    /// <summary>How often it has begun to wait.</summary>
    private int Waits => _log.Of("ConnectsAgain").Count;

    private static async Task Drain(FrameConnection<int> connection)
    {
        while (await connection.WaitToReadAsync())
        {
            Assert.True(connection.TryRead(out _));
        }
    }

    private Task Run(ConnectionHandler<int> handler, ReconnectOptions? reconnect = null) =>
        new TcpFrameClient<int>(new TagCodec(), _options with { Reconnect = reconnect ?? ReconnectOptions.Default })
            .RunAsync(Address, handler, _cancel.Token).Soon();

    private async Task<TcpFrameServer<int>> Serve(FrameHandler<int> handler) =>
        await Started(new(new TagCodec(), handler, ServerOptions));

    private async Task<TcpFrameServer<int>> Serve(ConnectionHandler<int> handler) =>
        await Started(new(new TagCodec(), handler, ServerOptions));

    private TcpFrameServerOptions ServerOptions => new()
    {
        EndPoint = Address,
        Transport = _network,
        Connection = new() { Pool = _pool },
        Deadlines = FrameDeadlines.None,
    };

    private static async Task<TcpFrameServer<int>> Started(TcpFrameServer<int> server)
    {
        await server.StartAsync().Soon();
        return server;
    }

    /// <summary>Lets time pass for who waits, until something is so.</summary>
    private Task Pass(Func<bool> condition) => Timeouts.Until(() =>
    {
        if (_clock.PendingTimers > 0)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        return condition();
    });

    private async Task Cancel(Task run)
    {
        await _cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
