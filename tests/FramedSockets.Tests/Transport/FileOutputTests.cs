using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Transport;

/// <summary>What a socket takes of a file, and what it says where it takes nothing. Elsewhere than on Linux, none takes any.</summary>
#pragma warning disable CA1001 // IAsyncLifetime disposes
public abstract class FileOutputTests(TransportKind kind) : IAsyncLifetime
#pragma warning restore CA1001
{
    public sealed class OverSockets() : FileOutputTests(TransportKind.Sockets);

    public sealed class OverLinux() : FileOutputTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : FileOutputTests(TransportKind.LinuxInline);

    private const int Length = 20_000_000;
    private readonly TemporaryFile _file = new(Length);
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private ITransportConnection _here = null!;
    private Socket _peer = null!;

    private IFileOutput Output => Assert.IsAssignableFrom<IFileOutput>(_here.Output);

    public async Task InitializeAsync()
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.Zero });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        _peer = new(SocketType.Stream, ProtocolType.Tcp);
        await _peer.ConnectAsync(listener.EndPoint).Soon();
        _here = (await listener.AcceptAsync().Soon())!;
        _ = await _here.Output.WriteAsync(new byte[] { 1 }).Soon();
    }

    public async Task DisposeAsync()
    {
        _peer.Dispose();
        await _here.Input.CompleteAsync();
        await _here.Output.CompleteAsync(new IOException("test"));
        await _here.DisposeAsync().Soon();
        _file.Dispose();
    }

    [LinuxFact]
    public async Task It_takes_what_there_is_room_for_and_a_flush_waits_for_more()
    {
        using var file = File.OpenHandle(_file.FullName);
        var (sent, stops) = (0, 0);
        var receiving = Task.CompletedTask;
        var received = new byte[Length + 1];
        while (sent < Length)
        {
            var taken = Output.TrySendFile(file, sent, Length - sent);
            Assert.InRange(taken, 0, Length - sent);
            sent += taken;
            if (taken > 0)
            {
                continue;
            }

            if (stops++ == 0)
            {
                receiving = Task.Run(() => new NetworkStream(_peer).ReadExactlyAsync(received).AsTask());
            }

            var copied = Math.Min(20_000, Length - sent);
            _ = await _here.Output.WriteAsync(_file.Bytes.AsMemory(sent, copied)).Soon();
            sent += copied;
        }

        Assert.True(stops > 0);
        await receiving.Soon();
        Assert.True(received.AsSpan(1).SequenceEqual(_file.Bytes));
    }

    [LinuxFact]
    public async Task A_file_that_has_ended_was_closed_or_is_none_is_for_its_reader_to_find_out()
    {
        var closed = File.OpenHandle(_file.FullName);
        closed.Dispose();
        using var file = File.OpenHandle(_file.FullName);
        Assert.Equal(-1, Output.TrySendFile(file, Length, 10));
        Assert.Equal(-1, Output.TrySendFile(file, 1L << 40, 10));
        Assert.Equal(-1, Output.TrySendFile(closed, 0, 10));
        Assert.Equal(10, Output.TrySendFile(file, Length - 10, 20));
        var received = new byte[11];
        await new NetworkStream(_peer).ReadExactlyAsync(received).AsTask().Soon();
        Assert.Equal(_file.Bytes[^10..], received[1..]);
    }

    [LinuxFact]
    public void A_connection_that_was_aborted_says_so()
    {
        using var file = File.OpenHandle(_file.FullName);
        _here.Abort();
        Assert.Equal(FramedSocketError.ConnectionAborted, Assert.Throws<FramedSocketException>(() => Output.TrySendFile(file, 0, 10)).Error);
    }

    [LinuxFact]
    public async Task A_peer_that_has_reset_the_connection_is_the_reason()
    {
        using var file = File.OpenHandle(_file.FullName);
        _peer.LingerState = new(true, 0);
        _peer.Dispose();
        FramedSocketException? failure = null;
        await Timeouts.Until(() =>
        {
            failure = Record.Exception(() => Output.TrySendFile(file, 0, 10)) as FramedSocketException;
            return failure is not null;
        });
        Assert.Equal(FramedSocketError.ConnectionReset, failure!.Error);
    }
}
