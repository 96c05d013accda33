using FramedSockets.Tests.Support;

[assembly: BuffersReturned]
