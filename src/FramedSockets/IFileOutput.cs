using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets;

/// <summary>
/// An output that can take the bytes of a file by itself, without a copy through the program: a transport's <see cref="PipeWriter"/>
/// may be one. Bodies that are files are then sent in this way.
/// </summary>
/// <remarks>
/// One caller at a time, who is also the only one to write, and only while nothing that was written waits for a flush. Where the connection
/// ends, the output may be completed, and the connection be aborted and disposed, during a call: it then fails, or returns -1.
/// </remarks>
public interface IFileOutput
{
    /// <summary>Sends as many bytes of a file as are taken at once. It may wait for the disk, but never for the peer.</summary>
    /// <param name="file">The file. Its own position is neither used nor moved.</param>
    /// <param name="offset">Where the bytes begin in it; 0 or more.</param>
    /// <param name="length">How many there are to send; 1 or more.</param>
    /// <returns>
    /// The bytes that were sent; fewer, 0 included, where the peer has to be waited for: the next flush does. -1 where the file has
    /// ended, was closed, cannot be read or is not sent in this way: who reads it instead finds out.
    /// </returns>
    /// <exception cref="FramedSocketException">The stream has failed.</exception>
    int TrySendFile(SafeFileHandle file, long offset, int length);
}
