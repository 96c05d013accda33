using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>How many bytes a busy connection's socket tells the thread that polls of.</summary>
public sealed class LowWaterMarkTests : IDisposable
{
    private const int High = 64 * 1024;
    private readonly Socket _socket;
    private readonly Socket _peer;
    private LowWaterMark _mark;

    public LowWaterMarkTests()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _peer.Connect(listener.LocalEndPoint!);
        _socket = listener.Accept();
    }

    private int Mark => (int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater)!;

    public void Dispose()
    {
        _peer.Dispose();
        _socket.Dispose();
    }

    [NeedsFact(Need.LowWaterMark)]
    public void Eight_receives_in_a_row_that_found_their_bytes_raise_it_and_one_that_waits_lowers_it()
    {
        for (var round = 0; round < 2; round++)
        {
            Note(found: 7);
            Assert.Equal(1, Mark);
            Note(found: 1);
            Assert.Equal(High, Mark);
            Note(found: 100);
            Assert.Equal(High, Mark);
            _mark.NoteWait(_socket);
            Assert.Equal(1, Mark);
        }
    }

    [NeedsFact(Need.LowWaterMark)]
    public void One_that_waits_between_begins_the_count_anew()
    {
        Note(found: 7);
        _mark.NoteWait(_socket);
        Note(found: 7);
        Assert.Equal(1, Mark);
    }

    [NeedsFact(Need.LowWaterMark)]
    public async Task A_receive_that_waited_when_bytes_came_is_told_of_them_as_it_is_lowered()
    {
        for (var round = 0; round < 100; round++)
        {
            Note(found: 8);
            var receive = _socket.ReceiveAsync(new byte[16]);
            Assert.Equal(10, _peer.Send(new byte[10]));
            Await(10);
            _mark.NoteWait(_socket);
            Assert.Equal(10, await receive.Soon());
        }
    }

    [NeedsFact(Need.LowWaterMark)]
    public async Task The_end_of_the_stream_is_told_of_whatever_it_is()
    {
        Note(found: 8);
        var receive = _socket.ReceiveAsync(new byte[16]);
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await receive.Soon());
    }

    [NeedsFact(Need.LowWaterMark)]
    public void A_socket_that_is_not_of_TCP_keeps_its_own()
    {
        using var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        for (var i = 0; i < 20; i++)
        {
            _mark.NoteFound(local);
        }

        Assert.Equal(1, local.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void A_socket_that_was_closed_throws_nothing(int found)
    {
        Note(found);
        _socket.Dispose();
        Note(found: 8);
        _mark.NoteWait(_socket);
    }

    [NeedsFact(Need.LowWaterMark)]
    public async Task A_connection_that_was_busy_is_told_of_the_next_byte_and_of_the_end()
    {
        using var reader = new SocketPipeReader(_socket, new());
        for (var round = 0; round < 20; round++)
        {
            await BeBusyAsync(reader);
            var taking = TakeAsync(reader);
            await LoweredAsync();
            Send();
            await taking;
        }

        _peer.Shutdown(SocketShutdown.Send);
        var result = await reader.ReadAsync().Soon();
        Assert.True(result.IsCompleted);
        await reader.CompleteAsync();
    }

    [NeedsFact(Need.LowWaterMark)]
    public async Task A_connection_that_was_busy_and_waits_for_the_peers_end_is_told_of_each_byte()
    {
        var connection = new SocketConnection(_socket, new() { LingerTimeout = Timeout.InfiniteTimeSpan }, null);
        await BeBusyAsync(connection.Input);
        await connection.Input.CompleteAsync();
        await connection.Output.CompleteAsync();
        var closing = connection.DisposeAsync();
        await LoweredAsync();
        _peer.Shutdown(SocketShutdown.Send);
        await closing.Soon();
    }

    /// <summary>While bytes are there before they are asked for, receives are put off and find them.</summary>
    private async Task BeBusyAsync(PipeReader reader)
    {
        var since = Stopwatch.GetTimestamp();
        while (Mark != High)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30));
            Send();
            Await(1);
            await TakeAsync(reader);
        }
    }

    private static async Task TakeAsync(PipeReader reader)
    {
        var result = await reader.ReadAsync().Soon();
        Assert.Equal(1, result.Buffer.Length);
        reader.AdvanceTo(result.Buffer.End);
    }

    private void Send() => Assert.Equal(1, _peer.Send(new byte[1]));

    private void Note(int found)
    {
        for (var i = 0; i < found; i++)
        {
            _mark.NoteFound(_socket);
        }
    }

    private void Await(int bytes) =>
        Assert.True(SpinWait.SpinUntil(() => _socket.Available >= bytes, TimeSpan.FromSeconds(30)));

    private async Task LoweredAsync() =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => Mark == 1, TimeSpan.FromSeconds(30))).Soon());
}
