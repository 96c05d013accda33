using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Transport;

#pragma warning disable CA1001 // IAsyncLifetime disposes
public abstract class TransportPipeTests(TransportKind kind) : IAsyncLifetime
#pragma warning restore CA1001
{
    public sealed class OverSockets() : TransportPipeTests(TransportKind.Sockets);

    public sealed class OverLinux() : TransportPipeTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : TransportPipeTests(TransportKind.LinuxInline);

    private readonly PoisoningPool _pool = CheckedPool.Create();
    private ITransportConnection _here = null!;
    private Socket _peer = null!;

    private PipeReader Input => _here.Input;

    public async Task InitializeAsync()
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, ReceiveBufferLength = 16_384, LingerTimeout = TimeSpan.Zero });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        _peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _peer.ConnectAsync(listener.EndPoint).Soon();
        _here = (await listener.AcceptAsync().Soon())!;
    }

    public async Task DisposeAsync()
    {
        _peer.Dispose();
        await Input.CompleteAsync();
        await _here.Output.CompleteAsync(new IOException("test"));
        await _here.DisposeAsync().Soon();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task An_idle_connection_owns_no_buffer_and_one_that_has_read_everything_neither()
    {
        var read = Input.ReadAsync().Soon();
        Assert.Equal(0, _pool.Outstanding);
        await Send(100);
        var result = await read;
        Assert.Equal(1, _pool.Outstanding);
        Input.AdvanceTo(result.Buffer.End);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task All_who_ask_for_the_output_at_once_have_the_same()
    {
        const int Askers = 4;
        using var start = new Barrier(Askers);
        var outputs = await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Task.Run(() =>
        {
            Assert.True(start.SignalAndWait(TimeSpan.FromSeconds(30)));
            return _here.Output;
        }))).Soon();
        Assert.All(outputs, output => Assert.Same(_here.Output, output));
    }

    [Fact]
    public async Task A_connection_that_is_aborted_before_anybody_sends_refuses_the_first_who_does()
    {
        _here.Abort();
        _ = await _here.Output.WriteAsync(new byte[1]).Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    [Fact]
    public async Task Bytes_come_in_order_whatever_is_consumed_and_examined()
    {
        var random = new Random(1);
        var expected = Frames.Body(2_000_000);
        var sending = Task.Run(() => _peer.SendAsync(expected));
        var at = 0;
        while (at < expected.Length)
        {
            var minimum = random.Next(3) == 0 ? random.Next(1, Math.Min(100_000, expected.Length - at + 1)) : 1;
            var result = await Input.ReadAtLeastAsync(minimum).Soon();
            Assert.True(result.Buffer.Length >= minimum);
            Assert.True(result.Buffer.FirstSpan.SequenceEqual(expected.AsSpan(at, (int)result.Buffer.Length)));
            var hasAll = at + result.Buffer.Length == expected.Length;
            var taken = random.Next((int)result.Buffer.Length + 1);
            at += taken;
            Input.AdvanceTo(result.Buffer.GetPosition(taken), hasAll || random.Next(2) == 0 ? result.Buffer.GetPosition(taken) : result.Buffer.End);
        }

        _ = await sending.Soon();
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing_even_when_all_was_consumed_meanwhile()
    {
        // More than is probed for, so that the receive in flight is one into the block.
        await Send(10_000);
        var result = await Input.ReadAtLeastAsync(10_000).Soon();
        Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        var read = Input.ReadAsync().Soon();
        Input.CancelPendingRead();
        result = await read;
        Assert.True(result.IsCanceled);
        Assert.Equal(10_000, result.Buffer.Length);
        Input.AdvanceTo(result.Buffer.End);
        await Send(500);
        result = await Input.ReadAtLeastAsync(500).Soon();
        Assert.Equal(Frames.Body(500), result.Buffer.ToArray());
        Input.AdvanceTo(result.Buffer.End);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task A_cancellation_that_is_late_ends_no_other_read()
    {
        await Send(1);
        var read = Input.ReadAtLeastAsync(2).Soon();

        // What a cancellation still does once another read has seen it. Each transport has this class, so it cannot be named here.
        _ = Input.GetType().GetMethod("Wake")!.Invoke(Input, null);
        Assert.False(read.IsCompleted);
        await Send(1);
        var result = await read;
        Assert.Equal((2, false), (result.Buffer.Length, result.IsCanceled));
        Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task Cancelling_by_token_loses_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            using var cancel = new CancellationTokenSource();
            var read = Input.ReadAsync(cancel.Token).Soon();
            var sending = Task.Run(() => _peer.Send(Frames.Body(100, i)));
            await cancel.CancelAsync();
            try
            {
                Input.AdvanceTo((await read).Buffer.Start);
            }
            catch (OperationCanceledException)
            {
            }

            _ = await sending.Soon();
            var result = await Input.ReadAtLeastAsync(100).Soon();
            Assert.Equal(Frames.Body(100, i), result.Buffer.ToArray());
            Input.AdvanceTo(result.Buffer.End);
        }

        await Input.CompleteAsync(); // a busy connection keeps its block
    }

    [Fact]
    public async Task Cancelled_reads_of_a_busy_connection_lose_nothing()
    {
        // Once bytes come quickly, a receive may be put off: then it is that which a cancelled read leaves behind.
        byte next = 0;
        for (var sent = 0; sent < 1000; sent++)
        {
            using var cancel = new CancellationTokenSource();
            var read = Input.ReadAsync(cancel.Token).Soon();
            var cancelling = Task.CompletedTask;
            switch (sent % 6)
            {
                case 0:
                    cancelling = Task.Run(cancel.Cancel);
                    break;
                case 1:
                    cancelling = Task.Run(Input.CancelPendingRead);
                    break;
                case 2:
#pragma warning disable CA1849, VSTHRD103 // at once: the receive has not had its turn yet, most likely
                    cancel.Cancel();
#pragma warning restore CA1849, VSTHRD103
                    break;
                case 3:
                    Input.CancelPendingRead();
                    break;
                default:
                    break;
            }

            Assert.Equal(1, _peer.Send([(byte)sent]));
            await cancelling.Soon();
            var end = (byte)(sent + 1);
            while (next != end)
            {
                try
                {
                    var result = await read;
                    foreach (var value in result.Buffer.ToArray())
                    {
                        Assert.Equal(next++, value);
                    }

                    Input.AdvanceTo(result.Buffer.End);
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                }

                if (next != end)
                {
                    read = Input.ReadAsync().Soon();
                }
            }
        }

        await Input.CompleteAsync(); // a busy connection keeps its block
    }

    [Fact]
    public async Task A_reader_that_is_completed_while_its_connection_is_busy_gives_its_buffer_back()
    {
        for (var i = 0; i < 20; i++)
        {
            await Send(100);
            Input.AdvanceTo((await Input.ReadAtLeastAsync(100).Soon()).Buffer.End);
        }

        var read = Input.ReadAsync().Soon();
        await Input.CompleteAsync();
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
        await _here.DisposeAsync().Soon();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task Whoever_cancels_a_read_does_not_run_what_follows_it()
    {
        var here = Environment.CurrentManagedThreadId;
        var canceller = 0;
        var reader = Task.Run(async () =>
        {
            _ = await Input.ReadAsync().ConfigureAwait(false);
            return Environment.CurrentManagedThreadId;
        });
        var thread = new Thread(() =>
        {
            canceller = Environment.CurrentManagedThreadId;
            while (!reader.IsCompleted)
            {
                Input.CancelPendingRead();
                _ = Thread.Yield();
            }
        });
        thread.Start();
        Assert.NotEqual(0, await reader.Soon());
        thread.Join();
        Assert.NotEqual(canceller, await reader.Soon());
        Assert.NotEqual(here, canceller);
    }

    [Fact]
    public async Task A_completed_reader_gives_its_buffer_back_when_the_receive_in_flight_has_ended()
    {
        await Send(10_000);
        var result = await Input.ReadAtLeastAsync(10_000).Soon();
        Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        var read = Input.ReadAsync().Soon();
        Input.CancelPendingRead();
        _ = await read;
        await Input.CompleteAsync();
        await _here.DisposeAsync().Soon();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_reader_that_is_completed_under_a_read_ends_it()
    {
        await Send(10_000);
        var result = await Input.ReadAtLeastAsync(10_000).Soon();
        Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        var read = Input.ReadAsync().Soon();
        await Input.CompleteAsync();
        _ = await read.Fails(FramedSocketError.ConnectionAborted);

        // The receive in flight still has the block.
        await _here.DisposeAsync().Soon();
    }

    [Fact]
    public async Task What_follows_an_urgent_byte_is_not_waited_for()
    {
        _ = _peer.Send("AAAA"u8);
        _ = _peer.Send("!"u8, SocketFlags.OutOfBand);
        _ = _peer.Send("BBBB"u8);
        var result = await Input.ReadAtLeastAsync(8).Soon();
        Assert.Equal("AAAABBBB"u8.ToArray(), result.Buffer.ToArray());
        Input.AdvanceTo(result.Buffer.End);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(65_536)]
    public async Task What_just_fills_the_block_is_not_followed_by_a_wait_with_one(int length)
    {
        for (var i = 0; i < 3; i++)
        {
            await Send(length);
            var result = await Input.ReadAtLeastAsync(length).Soon();
            Input.AdvanceTo(result.Buffer.End);
        }

        // It may let others go first before it waits.
        var read = Input.ReadAsync().Soon();
        await Timeouts.Until(() => _pool.Outstanding == 0);
        Assert.False(read.IsCompleted);
        Input.CancelPendingRead();
        _ = await read;
    }

    [Fact]
    public async Task Completing_the_output_sends_what_was_written()
    {
        _ = await _here.Output.WriteAsync("one"u8.ToArray()).AsTask().Soon();
        _here.Output.Write("two"u8);
        await _here.Output.CompleteAsync().Soon();
        Assert.Equal("onetwo"u8.ToArray(), await new NetworkStream(_peer).ReadAll());
    }

    [Fact]
    public async Task The_end_of_the_stream_is_seen_once_everything_was_read()
    {
        await Send(10);
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(Frames.Body(10), await Input.ReadToEnd());
        Assert.True((await Input.ReadAsync().Soon()).IsCompleted);
    }

    [Fact]
    public async Task Sends_of_every_shape_arrive_as_they_were_given()
    {
        var sizes = new[] { 1, 100, 20_000, 3_000_000, 5 };
        var receiving = Task.Run(() => new NetworkStream(_peer).ReadAll());
        foreach (var size in sizes)
        {
            _here.Output.Write(Frames.Body(size, 1));
            _ = await _here.Output.FlushAsync().Soon();
            _here.Output.Write(Frames.Body(size, 2));
            _ = await _here.Output.WriteAsync(Frames.Body(size, 3)).Soon();
            _ = await _here.Output.WriteAsync(Frames.Body(size, 4)).Soon();
            Assert.Equal(0, _pool.Outstanding);
        }

        await _here.Output.CompleteAsync();
        byte[] expected = [.. sizes.SelectMany(size => Enumerable.Range(1, 4).SelectMany(seed => Frames.Body(size, seed)))];
        var received = await receiving.Soon();
        Assert.True(expected.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task An_abort_fails_the_read_and_the_send_that_wait()
    {
        var read = Input.ReadAsync().Soon();
        var send = _here.Output.WriteAsync(new byte[50_000_000]).Soon();
        _here.Abort();
        _here.Abort();
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
        _ = await send.Fails(FramedSocketError.ConnectionAborted);
        _ = await Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionAborted);
    }

    private async Task Send(int length) => Assert.Equal(length, await _peer.SendAsync(Frames.Body(length)).Soon());
}
